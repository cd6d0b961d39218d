import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

export function say(text: string): void {
  process.stdout.write(text);
}

export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

export type Report = {
  /** Heading in the document; a new run replaces what stands under it. */
  readonly title: string;
  readonly how: string;
  readonly table: Table;
  readonly observations: readonly string[];
  /** Figures for machines. */
  readonly figures: object;
};

const document = new URL('../../docs/benchmarks.md', import.meta.url);

/** Prints a report, and replaces its section of the document. */
export function publishReport(report: Report): void {
  const machine = machineText();
  say(`\n${report.title}\n${machine}\n\n${plainTable(report.table)}\n`);
  for (const line of report.observations) say(`- ${line}\n`);
  const section = [
    `## ${report.title}`,
    report.how,
    machine,
    markdownTable(report.table),
    report.observations.map((line) => `- ${line}`).join('\n'),
  ].join('\n\n');
  const before = readFileSync(document, 'utf8');
  const parts = before.split(/^(?=## )/m).map((part) => part.trimEnd());
  const index = parts.findIndex((part) => part.startsWith(`## ${report.title}\n`));
  if (index === -1) parts.push(section);
  else parts[index] = section;
  writeFileSync(document, `${parts.join('\n\n')}\n`);
  const json = new URL(
    `./results/${report.title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.json`,
    import.meta.url,
  );
  writeFileSync(json, `${JSON.stringify({ machine, ...report.figures }, null, 2)}\n`);
}

function machineText(): string {
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 1024 ** 3);
  const day = new Date().toISOString().slice(0, 10);
  return `${day}: ${os.cpus().length} × ${cpu?.model.trim()}, ${memory} GiB, ${os.type()} ${os.release().split('-')[0]}, Node ${process.versions.node}; vendor, brokers, databases and workers share it.`;
}

function plainTable({ head, rows }: Table): string {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

function markdownTable({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** The value below which the share `p` of the sorted values lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}
