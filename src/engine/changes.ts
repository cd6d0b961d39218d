import { type Change, type Relevance, type Renaming, readDespiteUnseen } from '../domain/change.ts';
import type { Renamed } from '../domain/ledger.ts';
import { type OwnerKey, type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import type { Clock, Meter, Pics, Store } from '../domain/ports.ts';
import type { DecodedChange } from '../domain/topic-records.ts';
import type { Trace, Tracer } from '../domain/trace.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import type { Engine } from './engine.ts';

/** What the handling of changes stands on. */
export type ChangePorts = {
  readonly vendor: OpenVendor;
  readonly engine: Pick<Engine, 'submit'>;
  readonly pics: Pick<Pics, 'readIdentOfReview' | 'readLearner' | 'readOwner'>;
  readonly store: Pick<Store, 'held' | 'links' | 'postponed'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly meter: Pick<Meter, 'disposed' | 'foreignWrite'>;
  readonly tracer: Tracer;
  /** How old a change may be, since its commit, and still count as live; milliseconds. */
  readonly oldAfterMs: number;
  readonly signal: AbortSignal;
};

type Readable = Exclude<DecodedChange, { kind: 'malformed' }>;
type KeyOnly = Extract<DecodedChange, { kind: 'key-only' }>;
/** When and in which transaction something was changed; null where the record does not say. */
type Origin = {
  readonly txId: number | null;
  readonly committedAtMs: number | null;
  /** When the connector gave the record to Kafka, where its commit is not known. */
  readonly recordedAtMs?: number;
  readonly trace: Trace;
};
type TracedChange = Change & { readonly trace: Trace };

/**
 * Gives one record of a captured table its disposition; its promise resolves when that is durable.
 *
 * The vendor's rules say what the change means. An irrelevant record is done at once, without a promise and without any
 * read. Else the lanes it concerns are submitted to the engine: learners directly; an officer or organisation first by
 * its own lane, then the learners that are held because of it; a renamed record after its links were moved. Of a record
 * whose row cannot be read the key is known, and what the key names is looked at (G-12).
 */
export function createHandleChange(
  ports: ChangePorts,
): (decoded: Readable, recordedAtMs?: number) => void | Promise<void> {
  const { vendor, meter, clock } = ports;
  return (decoded, recordedAtMs = clock.nowMs()) => {
    if (decoded.kind === 'tombstone') return meter.disposed(vendor.name, 'tombstone');
    if (decoded.kind === 'key-only')
      return withTrace(ports, { entity: decoded.entity, op: 'key-only', ...unknownOrigin }, (trace) =>
        lookByKey(ports, decoded, { ...unknownOrigin, recordedAtMs, trace }),
      );
    const { change } = decoded;
    if (vendor.isForeignWrite(change)) meter.foreignWrite(vendor.name);
    return route(ports, change, vendor.decideRelevance(change));
  };
}

const unknownOrigin = { txId: null, committedAtMs: null } as const;

function route(ports: ChangePorts, change: Change, relevance: Relevance): void | Promise<void> {
  if (relevance.kind === 'irrelevant') return ports.meter.disposed(ports.vendor.name, relevance.rule);
  return withTrace(ports, change, (trace) => act(ports, { ...change, trace }, relevance));
}

function act(
  ports: ChangePorts,
  change: TracedChange,
  relevance: Exclude<Relevance, { kind: 'irrelevant' }>,
): Promise<void> {
  switch (relevance.kind) {
    case 'learners':
      return relevance.postpone === undefined
        ? look(ports, change, relevance.idents)
        : lookLater(ports, change, relevance.idents, relevance.postpone);
    case 'officer':
    case 'organisation':
      return lookAtOwner(ports, change, relevance);
    case 'renamed':
      return follow(ports, change, relevance);
  }
}

/** Follows a change from its commit until it has its disposition. One that fails comes again, with another trace. */
async function withTrace(
  { tracer, vendor, clock }: ChangePorts,
  {
    entity,
    op,
    txId,
    committedAtMs,
  }: Omit<Origin, 'trace'> & { readonly entity: string; readonly op: string },
  handle: (trace: Trace) => Promise<void>,
): Promise<void> {
  const nowMs = clock.nowMs();
  // The clock of PICS may be ahead of this one.
  const atMs = Math.min(nowMs, committedAtMs ?? nowMs);
  const trace = tracer.begin({ atMs, fields: { vendor: vendor.name, entity, op, txId } });
  trace.part({ name: 'capture', fromMs: atMs, untilMs: nowMs });
  try {
    await handle(trace);
  } catch (error) {
    trace.note({ disposition: 'again' });
    throw error;
  } finally {
    trace.end(clock.nowMs());
  }
}

/**
 * G-12: the row of this record cannot be read, so no rule can say whether it matters: whom its key names is looked at.
 *
 * What is sent comes from a fresh read (D-3). An own write and a snapshot row cannot be distinguished from others here; the look
 * finds nothing to do for them.
 */
async function lookByKey(ports: ChangePorts, { entity, key }: KeyOnly, origin: Origin): Promise<void> {
  switch (entity) {
    case 'officer':
    case 'organisation':
      return lookAtOwner(ports, origin, { kind: entity, code: String(key['code']) });
    case 'request':
    case 'heartbeat':
    case 'canary':
      return ports.meter.disposed(ports.vendor.name, 'key-only');
    case 'review': {
      const ident = await ports.pics.readIdentOfReview(String(key['id']));
      if (ident === null) return ports.meter.disposed(ports.vendor.name, 'vanished');
      return look(ports, origin, [ident]);
    }
    default:
      return look(ports, origin, [String(key['ident'])]);
  }
}

/** OF-50: the rest of the learner is seen to now; what is postponed is looked at again when its time has come. */
async function lookLater(
  ports: ChangePorts,
  change: TracedChange,
  idents: readonly string[],
  { subject, forMs }: { readonly subject: string; readonly forMs: number },
): Promise<void> {
  // The clock of PICS may be ahead of this one: it must not make the wait longer.
  const leftMs = Math.min(forMs, change.committedAtMs + forMs - ports.clock.nowMs());
  const postponed = { vendor: ports.vendor.name, subject, forMs: leftMs };
  if (leftMs > 0)
    await Promise.all(idents.map((ident) => ports.store.postponed.add({ ...postponed, ident })));
  return look(ports, change, idents);
}

/** the links first, so that the look at the key that the record has now finds them there. */
async function follow(ports: ChangePorts, change: TracedChange, renaming: Renaming): Promise<void> {
  const renamed = await rename(ports, renaming, change);
  ports.meter.disposed(ports.vendor.name, renamed.kind);
  const { entity } = renaming;
  const to = 'to' in renamed ? renamed.to : renaming.to;
  if (entity === 'learner') return look(ports, change, [to]);
  return lookAtOwner(ports, change, { kind: entity, code: to });
}

/**
 * Moves links to a changed key, unless PICS has a record under the old one.
 *
 * An event may come again, long after the old key was given to another record: that one keeps its links. While a live
 * process is sending something of either key it is waited for: its answer belongs to what it has sent.
 */
async function rename(ports: ChangePorts, renaming: Renaming, change: Change): Promise<Renamed> {
  const { store, vendor, clock, signal } = ports;
  const { committedAtMs } = change;
  for (;;) {
    const isFromThere = await isThere(ports, renaming, renaming.from, change);
    const isToThere = await isThere(ports, renaming, renaming.to, change);
    const facts = { committedAtMs, isFromThere, isToThere };
    const scope = { vendor: vendor.name, centre: vendor.centre };
    const renamed = await store.links.rename(scope, renaming, facts);
    if (renamed.kind !== 'busy') return renamed;
    await clock.sleep(whileBusyMs, signal);
    signal.throwIfAborted();
  }
}

async function isThere(
  { pics }: ChangePorts,
  { entity }: Renaming,
  key: string,
  change: Change,
): Promise<boolean> {
  const { value } = await readDespiteUnseen(
    async (seen) =>
      entity === 'learner'
        ? await pics.readLearner({ ident: key, txIds: seen })
        : await pics.readOwner({ key: { kind: entity, code: key }, txIds: seen }),
    txIdsOf(change),
  );
  return value !== null;
}

/** How long to wait before a rename is tried again that met a call under way. */
const whileBusyMs = 250;

/** The record itself first, for an id that was typed or taken away; then the learners held because of it. */
async function lookAtOwner(ports: ChangePorts, change: Origin, { kind, code }: OwnerKey): Promise<void> {
  await look(ports, change, [toOwnerLane({ kind, code })]);
  const idents = await readWaitingFor(ports, kind, code);
  if (idents.length > 0) await look(ports, change, idents);
}

/** Learners with something held because of this officer or organisation. */
export function readWaitingFor(
  { store, vendor }: { readonly store: Pick<Store, 'held'>; readonly vendor: Pick<OpenVendor, 'name'> },
  kind: OwnerKind,
  code: string,
): Promise<readonly string[]> {
  const name = kind === 'officer' ? 'officer' : 'place';
  return store.held.readIdentsFor(vendor.name, { name, value: code });
}

async function look(ports: ChangePorts, change: Origin, idents: readonly string[]): Promise<void> {
  const { engine, meter, vendor } = ports;
  const { committedAtMs, trace } = change;
  const priority = isOld(ports, change) ? 'replay' : 'live';
  const causes = { txIds: txIdsOf(change), committedAtMs, traces: [trace] };
  const work = { demand: 'change', priority, ...causes } as const;
  const settled = await Promise.all(idents.map((ident) => engine.submit({ ...work, ident })));
  for (const { kind, holds } of settled) {
    const disposition = holds.length > 0 ? 'held' : kind;
    meter.disposed(vendor.name, disposition);
    trace.note({ disposition, code: holds[0]?.code ?? null });
  }
}

/**
 * A group that was moved back reads what is long done: its work must keep no present change waiting. The clock of PICS
 * may be a little off this one, which is nothing beside the minutes that make a change old.
 */
function isOld({ clock, oldAfterMs }: ChangePorts, { committedAtMs, recordedAtMs }: Origin): boolean {
  const atMs = committedAtMs ?? recordedAtMs ?? null;
  return atMs !== null && clock.nowMs() - atMs > oldAfterMs;
}

function txIdsOf({ txId }: Pick<Origin, 'txId'>): readonly number[] {
  return txId === null ? [] : [txId];
}
