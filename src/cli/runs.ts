import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Fault, usageFault } from '../base/fault.ts';
import { pollFor } from '../base/sleep.ts';
import type { Config } from '../config/config.ts';
import { toCsv } from '../domain/csv.ts';
import type { JsonObject } from '../domain/json.ts';
import { endedStates, type Run, type RunItem, type RunKind, runKinds } from '../domain/run.ts';
import { type VendorName, vendorWords } from '../domain/vendor-name.ts';
import { listRunItems, listRuns, readRun } from '../store/runs.ts';
import { withStore } from './connections.ts';
import { type Io, toJsonText, toTable } from './io.ts';
import { addGroup, type CommonOptions, loadConfig, toWholeNumber, withCommonOptions } from './options.ts';
import { createProgress, type Progress } from './progress.ts';
import {
  giveAndReport,
  toIdent,
  toRefusal,
  toVendor,
  type WaitOptions,
  withRequests,
  withWaitOptions,
} from './request.ts';
import {
  itemColumns,
  listColumns,
  type ReportRow,
  reportTitles,
  runText,
  sentenceOf,
  toReportRows,
} from './run-text.ts';

type PlanOptions = WaitOptions & {
  readonly ident?: readonly string[];
  readonly identsFile?: string;
  readonly status?: string;
  readonly officer?: string;
  readonly organisation?: string;
  readonly site?: string;
  readonly from?: string;
  readonly table?: readonly string[];
  readonly readVendor?: boolean;
};
type ListOptions = CommonOptions & { readonly vendor?: string; readonly limit: number };
type ReportOptions = CommonOptions & { readonly csv?: boolean; readonly differing?: boolean };
type ApproveOptions = WaitOptions & { readonly plan?: string; readonly yes?: boolean };

/** A plan looks at each learner, and may ask the vendor about each. */
const timeoutS = 3_600;
const shownItems = 20;

export function addRunsCommand(program: Command, io: Io): void {
  const group = addGroup(
    program,
    'runs',
    'plan work over many learners, read the plan, approve it, follow it',
  );
  withWaitOptions(group.command('plan'), timeoutS)
    .description('plan a run and show what it would do; nothing is changed until it is approved')
    .argument('<vendor>', `one of ${Object.values(vendorWords).join(', ')}`)
    .argument('<kind>', runKinds.join(', '))
    .option('--ident <idents...>', 'only these learners')
    .option('--idents-file <file>', 'only the learners of a file, one code a line')
    .option('--status <letter>', 'only learners with this status in PICS')
    .option('--officer <code>', 'only learners with this main officer')
    .option('--organisation <code>', 'only learners with a placement there')
    .option('--site <code>', 'only learners of this site')
    .option(
      '--from <start>',
      'of a replay: beginning, a time such as 2026-11-30T08:00, or table/partition/offset',
      'beginning',
    )
    .option(
      '--table <names...>',
      'of a replay: only these tables of PICS; of a reapply: only these topics of the vendor',
    )
    .option(
      '--read-vendor',
      'of a replay: ask the vendor what it shows now, instead of standing on what it showed last',
    )
    .action((vendor: string, kind: string, options: PlanOptions) =>
      plan(io, toVendor(vendor), toKind(kind), options),
    );
  withCommonOptions(group.command('list'))
    .description('list runs, newest first; full passes are runs too')
    .option('--vendor <vendor>', 'only runs of this vendor')
    .option(
      '--limit <count>',
      'maximum number of runs',
      toWholeNumber('--limit', { least: 1, most: 1_000 }),
      20,
    )
    .action((options: ListOptions) => list(io, options));
  withCommonOptions(group.command('show'))
    .description('show a run, its plan and how far it is')
    .argument('<run>', 'number of the run')
    .action((text: string, options: CommonOptions) => show(io, toId(text), options));
  withWaitOptions(group.command('approve'), 86_400)
    .description('let a planned run begin, and wait for its end')
    .argument('<run>', 'number of the run')
    .option('--plan <plan>', 'the plan that was read, as "runs show" names it')
    .option('--yes', 'approve the plan as it is')
    .action((text: string, options: ApproveOptions) => approve(io, toId(text), options));
  for (const [name, description] of [
    ['pause', 'let a run rest between two learners; what is done stays done'],
    ['resume', 'let a paused run go on where it stood, when its turn comes'],
    ['stop', 'end a run; what is done stays done'],
  ] as const)
    withWaitOptions(group.command(name))
      .description(description)
      .argument('<run>', 'number of the run')
      .action((text: string, options: WaitOptions) => act(io, toId(text), `run-${name}`, options));
  withCommonOptions(group.command('report'))
    .description('show what was planned beside what has happened, learner by learner')
    .argument('<run>', 'number of the run')
    .option('--differing', 'only those that did not come as planned')
    .option('--csv', 'write comma-separated values for a spreadsheet')
    .action((text: string, options: ReportOptions) => report(io, toId(text), options));
}

function toKind(text: string): RunKind {
  const kind = runKinds.find((one) => one === text);
  if (kind === undefined)
    throw usageFault(`There is no run of the kind "${text}". Known: ${runKinds.join(', ')}.`);
  return kind;
}

function toId(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw usageFault(`"${text}" is not the number of a run. "runs list" shows the numbers.`);
  return Number(text);
}

async function plan(io: Io, vendor: VendorName, kind: RunKind, options: PlanOptions): Promise<void> {
  const payload: JsonObject = {
    kind,
    filter: await toFilter(options),
    start: toStart(options.from ?? 'beginning'),
    topics: [...(options.table ?? [])],
    ...(options.readVendor === true && { readsVendor: true }),
  };
  await planAndShow(io, vendor, payload, options);
}

/** Asks for a run and shows its plan, once it is there. Answers the number of the run. */
export async function planAndShow(
  io: Io,
  vendor: VendorName,
  payload: JsonObject,
  options: WaitOptions,
): Promise<number> {
  const config = loadConfig(io, options);
  let id = 0;
  await withRequests(io, options, async ({ run: give }) => {
    const row = await give({ kind: 'run-plan', vendor, payload, roles: 'outbound and reconciler' });
    if (row.status !== 'done') throw new Fault(toRefusal(row));
    id = Number(row.result?.['run']);
    if (!options.wait)
      return io.write(options.json ? toJsonText({ run: id }) : `Run ${id} is planned in the background.\n`);
    const planned = await follow(io, config, id, options, ({ state }) => state !== 'asked');
    await write(io, config, planned, options);
    if (planned.state === 'failed') throw new Fault(sentenceOf(planned) ?? `Run ${id} failed.`);
  });
  return id;
}

async function toFilter({
  ident = [],
  identsFile,
  status,
  officer,
  organisation,
  site,
}: PlanOptions): Promise<JsonObject> {
  const named = [...ident.map(toIdent), ...(identsFile === undefined ? [] : await readIdents(identsFile))];
  return {
    ...((named.length > 0 || identsFile !== undefined) && { idents: named }),
    ...(status !== undefined && { status }),
    ...(officer !== undefined && { officer }),
    ...(organisation !== undefined && { organisation }),
    ...(site !== undefined && { site }),
  };
}

async function readIdents(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw usageFault(`The file ${file} cannot be read.`);
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(toIdent);
}

/** Beginning, a time, or one place in a topic. */
function toStart(text: string): JsonObject {
  if (text === 'beginning') return { kind: 'beginning' };
  const [, topic, partition, offset] = /^(.+)\/(\d+)\/(\d+)$/.exec(text) ?? [];
  if (topic !== undefined)
    return { kind: 'offsets', offsets: [{ topic, partition: Number(partition), offset: offset ?? '0' }] };
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs))
    throw usageFault(`--from must be beginning, a time or table/partition/offset, not "${text}".`);
  return { kind: 'time', atMs };
}

async function find(config: Config, id: number): Promise<Run> {
  const run = await withStore(config, (client) => readRun(client, id));
  if (run === null) throw new Fault(`There is no run ${id}. "runs list" shows which there are.`);
  return run;
}

const lookEveryMs = 500;

/** Waits until the run is there, and says now and then how far it is. */
async function follow(
  io: Io,
  config: Config,
  id: number,
  { timeout, json }: Pick<WaitOptions, 'timeout' | 'json'>,
  isThere: (run: Run) => boolean,
): Promise<Run> {
  const progress = createProgress(io, () => performance.now());
  const look = async (): Promise<Run | null> => {
    const run = await find(config, id);
    if (isThere(run)) return run;
    if (json !== true) progress.show(progressOfRun(run));
    return null;
  };
  const wait = { everyMs: lookEveryMs, timeoutMs: timeout * 1_000, signal: io.signal };
  const there = await pollFor(look, wait).finally(progress.end);
  if (there === null)
    throw new Fault(
      `Run ${id} is still ${(await find(config, id)).state} after ${timeout} s. It continues in the background; "runs show ${id}" says how far it is.`,
    );
  return there;
}

function progressOfRun({ id, state, code, progress: { items, done, failed } }: Run): Progress {
  return {
    state: `run ${id} is ${state}${code === null ? '' : `, ${code}`}`,
    part: state === 'running' && items > 0 ? { done: done + failed, total: items, unit: 'learners' } : null,
    minutesLeft: null,
  };
}

/** Lets a planned run begin, and shows what came of it. */
export async function approve(io: Io, id: number, options: ApproveOptions): Promise<void> {
  const config = loadConfig(io, options);
  const run = await find(config, id);
  const digest = run.plan?.digest;
  if (options.plan === undefined && options.yes !== true)
    throw usageFault(
      `Read the plan with "runs show ${id}", then give --plan ${digest ?? '<plan>'}, or --yes.`,
    );
  const payload = { run: id, digest: options.plan ?? digest ?? '' };
  await withRequests(io, options, async ({ run: give }) => {
    const row = await give({
      kind: 'run-approve',
      vendor: run.vendor,
      payload,
      roles: 'outbound and reconciler',
    });
    if (row.status !== 'done') throw new Fault(toRefusal(row));
    if (!options.wait) return io.write(options.json ? toJsonText({ run: id }) : `Run ${id} is approved.\n`);
    const isOver = ({ state }: Run): boolean =>
      endedStates.includes(state) || state === 'planned' || state === 'paused';
    const ended = await follow(io, config, id, options, isOver);
    await write(io, config, ended, options);
    if (ended.state !== 'done') throw new Fault(sentenceOf(ended) ?? `Run ${id} is ${ended.state}.`);
  });
}

async function act(io: Io, id: number, kind: string, options: WaitOptions): Promise<void> {
  const { vendor } = await find(loadConfig(io, options), id);
  const given = {
    kind,
    vendor,
    payload: { run: id },
    roles: 'outbound and reconciler',
    runsDisabled: true,
  } as const;
  await giveAndReport(io, options, given, ({ result }) => `Run ${id} is ${String(result?.['state'])}.\n`);
}

async function list(io: Io, options: ListOptions): Promise<void> {
  const vendor = options.vendor === undefined ? null : toVendor(options.vendor);
  const runs = await withStore(loadConfig(io, options), (client) => listRuns(client, vendor, options.limit));
  if (options.json) io.write(toJsonText(runs));
  else if (runs.length === 0) io.write('There are no runs yet. "runs plan" makes one.\n');
  else io.write(toTable(listColumns(Date.now()), runs));
}

async function show(io: Io, id: number, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  await write(io, config, await find(config, id), options);
}

/** A run, what its plan comes to, and the first of its items. */
async function write(io: Io, config: Config, run: Run, { json }: CommonOptions): Promise<void> {
  const page = { afterIdent: null, limit: json ? 100_000 : shownItems + 1 };
  const items = await withStore(config, (client) =>
    listRunItems(client, run.id, { onlyWithLines: true }, page),
  );
  if (json) return io.write(toJsonText({ ...run, list: items }));
  io.write(runText(run));
  if (items.length > 0) io.write(toTable(itemColumns, items.slice(0, shownItems)));
  if (items.length > shownItems) io.write(`More: "runs report ${run.id}" lists all.\n`);
  if (run.state === 'planned' && run.plan !== null)
    io.write(`Nothing is changed yet. To let it begin: runs approve ${run.id} --plan ${run.plan.digest}\n`);
}

async function report(io: Io, id: number, options: ReportOptions): Promise<void> {
  if (options.csv && options.json) throw usageFault('Give either --csv or --json, not both.');
  const config = loadConfig(io, options);
  const run = await find(config, id);
  const rows: ReportRow[] = [];
  await withStore(config, async (client) => {
    for (let afterIdent: string | null = null; ; ) {
      const page: readonly RunItem[] = await listRunItems(
        client,
        id,
        { onlyWithLines: true },
        { afterIdent, limit: 5_000 },
      );
      rows.push(...page.flatMap(toReportRows));
      if (page.length < 5_000) return;
      afterIdent = page.at(-1)?.ident ?? null;
    }
  });
  const chosen = options.differing
    ? rows.filter(({ end }) => end !== 'as planned' && end !== 'planned')
    : rows;
  if (options.json) return io.write(toJsonText({ ...run, rows: chosen }));
  if (options.csv)
    return io.write(toCsv([reportTitles, ...chosen.map((row) => reportTitles.map((title) => row[title]))]));
  io.write(runText(run));
  if (chosen.length === 0)
    io.write(options.differing ? 'Everything came as planned.\n' : 'There was nothing to do.\n');
  else
    io.write(
      toTable(
        reportTitles.map((title) => ({ title, value: (row: ReportRow) => row[title] })),
        chosen,
      ),
    );
}
