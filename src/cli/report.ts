import type { Command } from 'commander';
import { Fault, usageFault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { findNearest } from '../config/faults.ts';
import { toCsv } from '../domain/csv.ts';
import { type ProviderReport, type ReportRow, reports } from '../drift/reports.ts';
import { allVendors } from '../vendors/all.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { withVendorContext } from './connections.ts';
import { type Column, type Io, toCountOf, toJsonText, toTable } from './io.ts';
import { type CommonOptions, loadConfig, toWholeNumber, withCommonOptions } from './options.ts';
import { toVendor } from './request.ts';

type ReportOptions = CommonOptions & {
  readonly vendor?: string;
  readonly csv?: boolean;
  readonly limit?: number;
};

/** Rows of a report for one vendor, or why there are none to know. */
type Answer = {
  readonly vendor: Vendor;
  readonly rows: readonly ReportRow[];
  readonly unknown: string | null;
};

/** A table that fits a screen a few times over; files hold everything unless a limit is given. */
const tableLimit = 200;

export function addReportCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('report'))
    .description(
      'show what a person should put right in PICS or at a vendor; without a name, which reports there are',
    )
    .argument('[name]', 'which report')
    .option(
      '--vendor <vendor>',
      'for this vendor alone; without it for each that is enabled in the configuration',
    )
    .option('--csv', 'write comma-separated values for a spreadsheet')
    .option(
      '--limit <count>',
      `most rows for each vendor (a table shows ${tableLimit} unless more are asked for)`,
      toWholeNumber('--limit', { least: 1, most: 1_000_000 }),
    )
    .action((name: string | undefined, options: ReportOptions) => {
      if (options.csv && options.json) throw usageFault('Give either --csv or --json, not both.');
      return name === undefined ? listReports(io, options) : showReport(io, toReport(name), options);
    });
}

function toReport(name: string): ProviderReport {
  const report = reports.find((one) => one.name === name);
  if (report !== undefined) return report;
  const names = reports.map((one) => one.name);
  const near = findNearest(name, names);
  throw usageFault(
    `There is no report "${name}". ${near === null ? `Known: ${names.join(', ')}.` : `Did you mean ${near}?`}`,
  );
}

const listColumns: readonly Column<ProviderReport>[] = [
  { title: 'report', value: ({ name }) => name },
  { title: 'shows', value: ({ about }) => about },
];

function listReports(io: Io, { json, csv }: ReportOptions): void {
  if (csv) throw usageFault('Name the report for --csv. Without a name the reports are listed.');
  if (json) io.write(toJsonText(reports.map(({ name, about, columns }) => ({ name, about, columns }))));
  else io.write(toTable(listColumns, reports));
}

async function showReport(io: Io, report: ProviderReport, options: ReportOptions): Promise<void> {
  const config = loadConfig(io, options);
  const answers: Answer[] = [];
  for (const vendor of chooseVendors(config, options)) answers.push(await readReport(config, vendor, report));
  const limit = options.limit ?? (options.csv || options.json ? Number.POSITIVE_INFINITY : tableLimit);
  if (options.json) io.write(toJsonText(answers.map((answer) => toDocument(report, answer, limit))));
  else if (options.csv) writeCsv(io, report, answers, limit);
  else for (const answer of answers) writeTable(io, report, answer, { limit, isOnly: answers.length === 1 });
}

/** The vendor that was named, else those that the configuration enables. */
function chooseVendors(config: Config, { vendor: word }: ReportOptions): readonly Vendor[] {
  const name = word === undefined ? null : toVendor(word);
  const chosen = allVendors.filter((one) =>
    name === null ? config.vendors[one.configName]?.kind === 'enabled' : one.name === name,
  );
  if (chosen.length === 0)
    throw new Fault('No vendor is enabled in the configuration. Name one with --vendor.');
  return chosen;
}

async function readReport(config: Config, vendor: Vendor, report: ProviderReport): Promise<Answer> {
  const configured = config.vendors[vendor.configName];
  if (configured?.kind === 'faulty')
    throw new Fault(configured.faults.map(({ sentence }) => sentence).join('\n'));
  return withVendorContext(config, vendor, async (context) => {
    const { centre } = await vendor.switching(context).readStatus();
    if (centre === null)
      return {
        vendor,
        rows: [],
        unknown: `Which centre of ${vendor.title} is meant is not known: it was never enabled.`,
      };
    const { pics, store, shared, clock } = context;
    const settings = configured?.settings ?? vendor.section.parse({});
    const rows = await report.read({ vendor, settings, shared, centre, pics, store, nowMs: clock.nowMs() });
    return typeof rows === 'string' ? { vendor, rows: [], unknown: rows } : { vendor, rows, unknown: null };
  });
}

function toDocument({ name }: ProviderReport, { vendor, rows, unknown }: Answer, limit: number) {
  const shown = rows.slice(0, limit);
  return {
    report: name,
    vendor: vendor.name,
    count: unknown === null ? rows.length : null,
    unknown,
    rows: shown,
  };
}

function writeCsv(io: Io, { columns }: ProviderReport, answers: readonly Answer[], limit: number): void {
  const lines = answers.flatMap(({ vendor, rows }) =>
    rows.slice(0, limit).map((row) => [vendor.configName, ...columns.map((title) => row[title] ?? null)]),
  );
  io.write(toCsv([['vendor', ...columns], ...lines]));
  for (const { vendor, unknown } of answers) if (unknown !== null) io.tell(`${vendor.title}: ${unknown}\n`);
}

type Shown = { readonly limit: number; readonly isOnly: boolean };

function writeTable(io: Io, report: ProviderReport, answer: Answer, { limit, isOnly }: Shown): void {
  const { vendor, rows, unknown } = answer;
  const head = isOnly ? '' : `${vendor.title}: `;
  if (rows.length === 0) {
    io.write(`${head}${unknown ?? report.empty}\n`);
    return;
  }
  const columns = report.columns.map((title): Column<ReportRow> => {
    const isNumber = rows.some((row) => typeof row[title] === 'number');
    return { title, value: (row) => row[title] ?? null, isNumber };
  });
  const left = rows.length - limit;
  io.write(`${isOnly ? '' : `${vendor.title}\n`}${toTable(columns, rows.slice(0, limit))}`);
  if (left > 0) io.write(`${toCountOf(left, 'more row')}; --limit shows more of them.\n`);
}
