import type { RoleProcess } from './deployment.ts';

/** Sum of a metric over all series that carry these labels; 0 when there is none. */
export async function readMetric(
  { httpUrl }: Pick<RoleProcess, 'httpUrl'>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await fetch(`${httpUrl}/metrics`);
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const lines = (await response.text()).split('\n');
  return lines
    .filter((line) => new RegExp(`^pics_sync_${name}(\\{|\\s)`).test(line))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** How often a role of the process, or a part of one, ended and was started again. */
export async function countRestarts(process: Pick<RoleProcess, 'httpUrl'>): Promise<number> {
  return (
    (await readMetric(process, 'flow_restarts_total')) + (await readMetric(process, 'part_restarts_total'))
  );
}

/** What became of changes so far, by disposition. */
export async function readDispositions({
  httpUrl,
}: Pick<RoleProcess, 'httpUrl'>): Promise<Record<string, number>> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  const found = text.matchAll(/^pics_sync_dispositions_total\{[^}]*disposition="([^"]+)"[^}]*\} (\d+)/gm);
  return Object.fromEntries([...found].map(([, name, count]) => [name, Number(count)]));
}
