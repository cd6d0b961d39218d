import type { Change, Relevance } from '../domain/change.ts';
import { fromOwnerLane, type OwnerKey, toOwnerLane } from '../domain/owner.ts';
import type { Clock, Pics, Store, Topics } from '../domain/ports.ts';
import type { CompletedTable } from '../domain/run.ts';
import type { DecodedChange, PartitionReading, ReadStart, RecordPlace } from '../domain/topic-records.ts';
import { readWaitingFor } from '../engine/changes.ts';
import type { OpenVendor } from '../vendors/vendor.ts';

/** What the concerned records are read from. */
export type SourcePorts = {
  readonly vendor: Pick<OpenVendor, 'name' | 'decideRelevance'>;
  readonly topics: Pick<Topics, 'readChangesThrough'>;
  readonly pics: Pick<Pics, 'readIdentOfReview' | 'readLanesOf' | 'requestSnapshot'>;
  readonly store: Pick<Store, 'held'>;
  readonly clock: Pick<Clock, 'sleep' | 'steadyMs'>;
};

/** The records that the change topics concern. */
type Source = {
  /** Idents of learners, and lanes of officers and organisations, sorted. */
  readonly lanes: readonly string[];
  readonly completed: readonly CompletedTable[];
  readonly readings: readonly PartitionReading[];
};

/** How often it is looked whether rows of a snapshot have come, and how long none may come. */
const lookEveryMs = 1_000;
const noProgressMs = 60_000;

/**
 * Collects the lanes that records of the vendor's change topics concern, from a start up to the present end.
 *
 * The vendor's rules decide that as for live changes, and nothing is done about any record. Only the lanes are kept, so
 * memory grows with learners, not with records. In a compacted topic the last record of a row stands for all that
 * happened to it: who wrote it and which columns it changed says nothing about the records that are gone. So a snapshot
 * row, an own write, and an update of any column count here.
 *
 * A reading from the beginning is then compared with PICS, table by table: a learner, officer or organisation that has
 * rows there and none in the topic is missing, because the topic's beginning was deleted or was never captured. An
 * incremental snapshot of the missing ones is asked for, and the topics are read on until it has come. Without progress
 * for a minute it counts as interrupted, and the missing ones are taken from PICS.
 */
export async function collectConcerned(
  ports: SourcePorts,
  { tables, start }: { readonly tables: readonly string[]; readonly start: ReadStart },
  signal: AbortSignal,
): Promise<Source> {
  const group = `${ports.vendor.name}.replay`;
  const lanes = new Set<string>();
  const known = new Map(tables.map((table) => [table, new Set<string>()]));
  let snapshotCount = 0;

  const add = (table: string, { known: ofRow, lanes: concerned }: Omit<Concerned, 'review'>): void => {
    for (const lane of ofRow) known.get(table)?.add(lane);
    for (const lane of concerned) lanes.add(lane);
  };
  function note(decoded: Readable, { topic: table }: RecordPlace): void | Promise<void> {
    if (decoded.kind === 'change' && decoded.change.op === 'snapshot') snapshotCount += 1;
    const found = concernedBy(ports.vendor, decoded);
    if (found.review === null) return add(table, found);
    return ports.pics
      .readIdentOfReview(found.review)
      .then((ident) => ident !== null && add(table, { known: [ident], lanes: [ident] }))
      .then(() => undefined);
  }
  const read = (from: ReadStart): Promise<readonly PartitionReading[]> =>
    ports.topics.readChangesThrough({ group, tables, start: from }, note, signal);

  const readings = await read(start);
  const completed =
    start.kind === 'beginning'
      ? await complete(
          { ports, tables, known, lanes, read, countSnapshots: () => snapshotCount },
          readings,
          signal,
        )
      : [];
  await addWaiting(ports, lanes);
  return { lanes: [...lanes].sort(), completed, readings };
}

type Readable = Exclude<DecodedChange, { kind: 'malformed' }>;

/** `known`: whose row the record is. `lanes`: whom it concerns. `review`: whose review this is must be asked for. */
type Concerned = {
  readonly known: readonly string[];
  readonly lanes: readonly string[];
  readonly review: string | null;
};
const nothing: Concerned = { known: [], lanes: [], review: null };

function concernedBy(vendor: SourcePorts['vendor'], decoded: Readable): Concerned {
  if (decoded.kind === 'tombstone') return nothing;
  if (decoded.kind === 'key-only') {
    const { entity, key } = decoded;
    if (entity === 'review') return { ...nothing, review: String(key['id']) };
    const lane = laneOf({ entity, key, before: null, after: null });
    return lane === null ? nothing : { known: [lane], lanes: [lane], review: null };
  }
  const { change } = decoded;
  const own = laneOf(change);
  const known = own === null || change.op === 'delete' ? [] : [own];
  const lanes = lanesOf(vendor.decideRelevance(asIfFirstSeen(change)), own);
  // A row that moved from one learner to another concerns both.
  const before = change.op === 'update' ? laneOf({ ...change, after: null, key: null }) : null;
  const isMoved = before !== null && before !== own && lanes.length > 0;
  return { known, lanes: isMoved ? [...lanes, before] : lanes, review: null };
}

/** The change as if nothing were known of the row before it, and a person had made it. */
function asIfFirstSeen(change: Change): Change {
  const { op } = change;
  if (op === 'delete' || op === 'truncate') return { ...change, origin: null };
  if (change.renamedFrom !== undefined) return { ...change, origin: null };
  return { ...change, op: 'update', before: null, origin: null };
}

function lanesOf(relevance: Relevance, own: string | null): readonly string[] {
  switch (relevance.kind) {
    case 'learners':
      return relevance.idents;
    case 'officer':
    case 'organisation':
      return [toOwnerLane(relevance)];
    case 'renamed':
      return [
        relevance.entity === 'learner'
          ? relevance.to
          : toOwnerLane({ kind: relevance.entity, code: relevance.to }),
      ];
    case 'irrelevant':
      // D-4: exchanged once a day only; the vendor's rules say no more than that about any change.
      return relevance.rule === 'D-4' && own !== null ? [own] : [];
  }
}

/** Of whom the row is; null: of none that has a lane. */
function laneOf({
  entity,
  key,
  before,
  after,
}: Pick<Change, 'entity' | 'key' | 'before' | 'after'>): string | null {
  const field = entity === 'officer' || entity === 'organisation' ? 'code' : 'ident';
  const text = after?.[field] ?? key?.[field] ?? before?.[field];
  if (typeof text !== 'string') return null;
  return field === 'code' ? toOwnerLane({ kind: entity as OwnerKey['kind'], code: text }) : text;
}

type Completion = {
  readonly ports: SourcePorts;
  readonly tables: readonly string[];
  /** By table: the lanes that have a record in its topic. Grows while the topics are read on. */
  readonly known: ReadonlyMap<string, ReadonlySet<string>>;
  readonly lanes: Set<string>;
  readonly read: (from: ReadStart) => Promise<readonly PartitionReading[]>;
  readonly countSnapshots: () => number;
};

async function complete(
  completion: Completion,
  readings: readonly PartitionReading[],
  signal: AbortSignal,
): Promise<readonly CompletedTable[]> {
  const { ports, tables, lanes, read, countSnapshots } = completion;
  const { clock, pics } = ports;
  const inPics = await readTables(pics, tables);
  const isMissing = inPics.some((table) => missingOf(completion, table).length > 0);
  // What was committed since the topics were read may be there by now.
  let ends = isMissing ? await read(toEnds(readings)) : readings;
  const incomplete = inPics
    .map((table) => ({ ...table, missing: missingOf(completion, table) }))
    .filter(({ table, missing }) => missing.length > 0 || hasLostBeginning(readings, table));
  for (const { table, missing } of incomplete) await pics.requestSnapshot({ table, lanes: missing });

  let lastProgressMs = clock.steadyMs();
  let progress = '';
  const isOpen = (): boolean => incomplete.some((table) => missingOf(completion, table).length > 0);
  while (isOpen() && clock.steadyMs() - lastProgressMs < noProgressMs) {
    await clock.sleep(lookEveryMs, signal);
    ends = await read(toEnds(ends));
    const counts = incomplete.map((table) => missingOf(completion, table).length);
    const now = `${counts.join(' ')} ${countSnapshots()}`;
    if (now !== progress) lastProgressMs = clock.steadyMs();
    progress = now;
  }

  // Rows that were deleted meanwhile never come.
  const names = isOpen() ? incomplete.map(({ table }) => table) : [];
  const still = await readTables(pics, names);
  return incomplete.map(({ table, missing }) => {
    const left = missingOf(
      completion,
      still.find((one) => one.table === table) ?? { table, inPics: new Set() },
    );
    for (const lane of left) lanes.add(lane);
    const reason = hasLostBeginning(readings, table) ? 'beginning-deleted' : 'rows-missing';
    return { table, reason: left.length > 0 ? 'snapshot-interrupted' : reason, learners: missing.length };
  });
}

type TableInPics = { readonly table: string; readonly inPics: ReadonlySet<string> };

async function readTables(
  pics: Pick<Pics, 'readLanesOf'>,
  tables: readonly string[],
): Promise<readonly TableInPics[]> {
  const found: TableInPics[] = [];
  for (const table of tables) found.push({ table, inPics: await pics.readLanesOf(table) });
  return found;
}

/** Lanes that have rows in PICS and no record in the topic. */
function missingOf({ known }: Completion, { table, inPics }: TableInPics): readonly string[] {
  const inTopic = known.get(table);
  return [...inPics].filter((lane) => inTopic?.has(lane) !== true);
}

function hasLostBeginning(readings: readonly PartitionReading[], table: string): boolean {
  return readings.some(({ topic, isBeginningDeleted }) => topic === table && isBeginningDeleted);
}

function toEnds(readings: readonly PartitionReading[]): ReadStart {
  return {
    kind: 'offsets',
    offsets: readings.map(({ topic, partition, end }) => ({ topic, partition, offset: end })),
  };
}

/** Learners with something held because of an officer or organisation that is concerned are looked at with it. */
async function addWaiting(ports: SourcePorts, lanes: Set<string>): Promise<void> {
  for (const lane of [...lanes]) {
    const owner = fromOwnerLane(lane);
    if (owner === null) continue;
    for (const ident of await readWaitingFor(ports, owner.kind, owner.code)) lanes.add(ident);
  }
}
