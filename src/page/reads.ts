import { toCsv } from '../domain/csv.ts';
import type { HeldCount, HeldRow } from '../domain/held.ts';
import { messageOf } from '../domain/messages.ts';
import type { Store } from '../domain/ports.ts';
import type { RequestRow } from '../domain/request.ts';
import { allows, endsOf, isPass, type Run, type RunItem } from '../domain/run.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { restText } from '../domain/vendor-state.ts';
import { isHealthy, type LagRow, measureOf } from '../ops/lag.ts';
import type { Vendor, VendorStatus } from '../vendors/vendor.ts';
import type {
  CommandState,
  HeldGroup,
  HeldRecords,
  Home,
  Part,
  RunItems,
  RunItemView,
  RunSummary,
  RunView,
  VendorStanding,
} from './api.ts';

/*
 * The answers of the page, made from what the ops role measures and from the sync database. Nothing is kept here: each
 * answer is read afresh, so the page and the command line never differ.
 */

/** What the ops role knows at this moment: the lines of `lag`, and the status of each vendor by its name in the settings. */
export type Standing = {
  readonly atMs: number;
  readonly rows: readonly LagRow[];
  readonly vendors: Readonly<Record<string, VendorStatus | null>>;
};

/** What the page knows of a vendor. */
export type PageVendor = Pick<Vendor, 'name' | 'title' | 'configName'>;

export type ReadPorts = {
  readonly store: Pick<Store, 'held' | 'runs' | 'links'>;
  /** Null: nothing has been measured since the start. */
  readonly readStanding: () => Promise<Standing | null>;
  readonly vendors: readonly PageVendor[];
};

const shownRuns = 50;
const pageLimit = 50;

/** `runs`: the newest of all vendors, which say how long the last full synchronisation took. */
export async function readHome(ports: ReadPorts, runs: readonly Run[]): Promise<Home> {
  const { store, readStanding, vendors } = ports;
  const [standing, held] = await Promise.all([readStanding(), store.held.countByReason()]);
  const rows = standing?.rows ?? [];
  const standings = await Promise.all(
    vendors.map((vendor) =>
      readVendor(vendor, standing?.vendors[vendor.configName] ?? null, { store, held, runs }),
    ),
  );
  const isMeasured = standing !== null && standing.atMs > 0;
  return {
    measuredAtMs: isMeasured ? standing.atMs : null,
    isHealthy: isMeasured && isHealthy(rows),
    vendors: standings,
    parts: rows.map(toPart),
  };
}

async function readVendor(
  { name, title, configName }: PageVendor,
  status: VendorStatus | null,
  {
    store,
    held,
    runs,
  }: {
    readonly store: ReadPorts['store'];
    readonly held: readonly HeldCount[];
    readonly runs: readonly Run[];
  },
): Promise<VendorStanding> {
  const centre = status?.centre ?? null;
  const learners =
    centre === null ? null : await store.links.count({ vendor: name, centre, kind: 'learner' });
  const last = runs.find(({ vendor, order, state }) => vendor === name && isPass(order) && state === 'done');
  const isLast = last !== undefined && last.startedAtMs !== null && last.endedAtMs !== null;
  return {
    name,
    title,
    isEnabled: status?.isEnabled ?? false,
    rests: status?.rests == null ? null : restText(status.rests, configName),
    learners,
    held: held.filter((one) => one.vendor === name).reduce((sum, { count }) => sum + count, 0),
    lastSynchronisedAtMs: status?.lastSynchronisedAtMs ?? null,
    tookMs: isLast ? (last.endedAtMs ?? 0) - (last.startedAtMs ?? 0) : null,
    synchronisingSinceMs: status?.synchronisingSinceMs ?? null,
    warnings: status?.warningsOpen ?? [],
  };
}

function toPart(row: LagRow): Part {
  return { ...row, measure: measureOf(row), isWell: isHealthy([row]) };
}

export async function readWaiting({ store, vendors }: ReadPorts): Promise<readonly HeldGroup[]> {
  const counts = await store.held.countByReason();
  return counts.map(({ vendor, code, count, oldestSinceMs }) => ({
    vendor,
    vendorTitle: titleOf(vendor, vendors),
    code,
    sentence: generalSentence(code, vendor),
    count,
    oldestSinceMs,
  }));
}

/** Records of one reason, oldest first. Values of a record, which may be names, only where they may be seen. */
export async function readHeld(
  { store }: Pick<ReadPorts, 'store'>,
  group: { readonly vendor: VendorName; readonly code: string; readonly after: string | undefined },
  { seesNames }: { readonly seesNames: boolean },
): Promise<HeldRecords> {
  const { vendor, code, after } = group;
  const filter = { vendor, code, limit: pageLimit + 1, ...(after !== undefined && { afterId: after }) };
  const rows = await store.held.list(filter);
  const shown = rows.slice(0, pageLimit);
  return {
    records: shown.map((row) => toRecord(row, seesNames)),
    next: rows.length > pageLimit ? (shown.at(-1)?.id ?? null) : null,
  };
}

function toRecord(row: HeldRow, seesNames: boolean): HeldRecords['records'][number] {
  const { id, ident, subject, code, vendor, params, tries, sinceMs } = row;
  const sentence = seesNames ? messageOf(code, { vendor, ...params }) : generalSentence(code, vendor);
  return { id, ident, subject, sentence, tries, sinceMs };
}

/** What stands in a sentence in the place of the values of one record. */
const general: Readonly<Record<string, string>> = {
  name: 'this learner',
  what: 'this record',
  kind: 'record',
  reference: 'this qualification',
  message: 'its own words stand with each record',
  ids: 'shown with each record',
};

/** The reason for all records that have it. A gap without a general word is left out with what only it needs. */
function generalSentence(code: string, vendor: VendorName): string {
  return messageOf(code, { ...general, vendor }).replaceAll(' (…)', '');
}

/** The newest runs of all vendors. */
export function listShownRuns({ store }: Pick<ReadPorts, 'store'>): Promise<readonly Run[]> {
  return store.runs.list(null, shownRuns);
}

export function toSummaries(runs: readonly Run[], vendors: readonly PageVendor[]): readonly RunSummary[] {
  return runs.map((run) => toSummary(run, vendors));
}

export async function readRun({ store, vendors }: ReadPorts, id: number): Promise<RunView | null> {
  const run = await store.runs.read(id);
  if (run === null) return null;
  const { plan } = run;
  return {
    ...toSummary(run, vendors),
    plan: plan === null ? null : { ...plan, ...plan.forecast, counts: plan.counts },
  };
}

function toSummary(run: Run, vendors: readonly PageVendor[]): RunSummary {
  const { id, vendor, order, state, askedBy, approvedBy, askedAtMs, startedAtMs, endedAtMs } = run;
  const { code, params, progress } = run;
  return {
    ...{ id, vendor, state, askedBy, approvedBy, askedAtMs, startedAtMs, endedAtMs, ...progress },
    vendorTitle: titleOf(vendor, vendors),
    kind: order.kind,
    sentence: code === null ? null : messageOf(code, { vendor, ...params }),
    steps: (['approve', 'pause', 'resume', 'stop'] as const).filter((step) => mayTake(step, run)),
  };
}

/** As the command itself decides: a full pass that has begun cannot be stopped, since it would be due again at once. */
function mayTake(step: 'approve' | 'pause' | 'resume' | 'stop', { state, order, startedAtMs }: Run): boolean {
  return allows(step, state) && !(step === 'stop' && isPass(order) && startedAtMs !== null);
}

export async function readRunItems(
  { store }: Pick<ReadPorts, 'store'>,
  id: number,
  after: string | undefined,
): Promise<RunItems> {
  const page = { afterIdent: after ?? null, limit: pageLimit + 1 };
  const items = await store.runs.listItems(id, { onlyWithLines: true }, page);
  const shown = items.slice(0, pageLimit);
  return {
    items: shown.map(toItem),
    next: items.length > pageLimit ? (shown.at(-1)?.ident ?? null) : null,
  };
}

const reportTitles = ['ident', 'does', 'subject', 'fields', 'end'] as const;

/** The whole report as comma-separated values, page by page, so that a large run takes no more memory than a small one. */
export async function* readRunReport(
  { store }: Pick<ReadPorts, 'store'>,
  id: number,
): AsyncGenerator<string, void, undefined> {
  yield toCsv([reportTitles]);
  let afterIdent: string | null = null;
  for (;;) {
    const items: readonly RunItem[] = await store.runs.listItems(
      id,
      { onlyWithLines: true },
      { afterIdent, limit: 500 },
    );
    yield toCsv(
      items.flatMap((item) =>
        endsOf(item).map(({ does, subject, fields, end }) => [
          item.ident,
          does,
          subject,
          fields.join(' '),
          end === 'failed' ? (item.code ?? end) : end,
        ]),
      ),
    );
    afterIdent = items.at(-1)?.ident ?? null;
    if (afterIdent === null) return;
  }
}

function toItem(item: RunItem): RunItemView {
  const { ident, state, code } = item;
  return { ident, state, sentence: code === null ? null : messageOf(code, {}), lines: endsOf(item) };
}

const endStatuses: readonly string[] = ['done', 'refused', 'failed', 'held', 'skipped'];

export function toCommandState({ id, kind, status, code, message, result }: RequestRow): CommandState {
  const run = result?.['run'];
  return {
    id,
    kind,
    status,
    isEnded: endStatuses.includes(status),
    sentence: message ?? code ?? (kind === 'retry' && status === 'done' ? retriedSentence(result) : null),
    run: typeof run === 'number' ? run : null,
  };
}

/** Counts of the answer that `src/requests/held.ts` gives. */
function retriedSentence(result: RequestRow['result']): string | null {
  const items = result?.['items'];
  if (typeof items !== 'number') return null;
  return items === 1 ? '1 record was tried again.' : `${items} records were tried again.`;
}

function titleOf(name: VendorName, vendors: readonly PageVendor[]): string {
  return vendors.find((vendor) => vendor.name === name)?.title ?? name;
}
