import { emptyOutcome } from '../domain/ledger.ts';
import type { Observation } from '../domain/observation.ts';
import type { Lease, PassForecast, PassSummary } from '../domain/polling.ts';
import { decideDeletions, type PollLearner } from '../domain/schedule.ts';
import type { Hold } from '../domain/step.ts';
import { recordHold, toEntry } from '../engine/record.ts';
import { type PollPorts, publish } from './page.ts';

/*
 * What a full pass says: how far it is, and at its end what it leaves to a person. That is what it could not read three
 * times in a row (G-9), and more records gone than may vanish by themselves (D-21). Both wait in the lane without a
 * learner, since a look at a learner knows nothing of them and would release them. The first pass that finds the reason
 * gone releases them itself.
 */

/** Passes in a row, by what they could not read. */
type InRow = Readonly<Record<string, number>>;

const heldAfter = 3;
const unreadPrefix = 'unread:';

type Pass = {
  readonly unread: ReadonlySet<string>;
  readonly people: { readonly linked: readonly PollLearner[]; readonly asked: readonly PollLearner[] };
};

/** Counts this pass too. A learner whom it was not for keeps the count of the passes before. */
export function countUnread(before: InRow, { unread, people }: Pass): InRow {
  const asked = new Set(people.asked.map(({ ident }) => ident));
  const outside = new Set(people.linked.map(({ ident }) => ident).filter((ident) => !asked.has(ident)));
  const kept = Object.entries(before).filter(([name]) => outside.has(name.split(' ')[1] ?? ''));
  const counted = [...unread].map((name): [string, number] => [name, (before[name] ?? 0) + 1]);
  return Object.fromEntries([...kept, ...counted]);
}

/** Makes the held list say what three passes in a row could not read, and no more. */
export async function recordUnread(ports: Ports, inRow: InRow): Promise<void> {
  const wanted = Object.keys(inRow).filter((name) => (inRow[name] ?? 0) >= heldAfter);
  const open = new Set(await readOpen(ports));
  for (const name of wanted)
    if (!open.has(unreadPrefix + name))
      await recordHold(ports.store.ledger, laneOf(ports), unreadHold(ports.vendor.name, name));
  const subjects = new Set(wanted.map((name) => unreadPrefix + name));
  await release(ports, (subject) => subject.startsWith(unreadPrefix) && !subjects.has(subject));
}

function unreadHold(vendor: string, name: PassSummary['unread'][number]): Hold {
  const params = { vendor, what: name, n: String(heldAfter) };
  return { subject: unreadPrefix + name, code: 'NOT_READABLE', params };
}

/** Of a full pass, what the end of a resource needs. */
type Concluding = {
  readonly ports: PollPorts;
  readonly lease: Lease;
  readonly counts: { deleted: number };
};

/** Publishes what a whole reading no longer showed as deleted, or leaves it to a person where it is too much. */
export async function concludeDeletions(
  { ports, lease, counts }: Concluding,
  entity: string,
): Promise<'complete' | 'fenced'> {
  const { missing, totalCount } = await ports.passes.readMissing(entity);
  const decision = decideDeletions(missing.length, totalCount);
  if (decision.kind === 'hold') {
    const sinceMs = (await ports.passes.readRuns()).lastCompleted ?? Number.POSITIVE_INFINITY;
    if (!(await areDeletionsApproved(ports, entity, { missingCount: missing.length, sinceMs }))) {
      await holdDeletions(ports, entity, decision);
      return 'complete';
    }
  }
  await releaseDeletions(ports, entity);
  if (decision.kind === 'none') return 'complete';
  const gone = {
    vendor: ports.vendor.name,
    entity,
    observedAtMs: ports.clock.nowMs(),
    cause: 'sweep',
  } as const;
  await publish(
    ports,
    missing.map((one): Observation => ({ ...gone, ...one, deleted: true, record: null })),
  );
  counts.deleted += missing.length;
  const ids = missing.map(({ vendorId }) => vendorId);
  return (await ports.passes.forgetShadows(entity, ids, lease.epoch)) === 'fenced' ? 'fenced' : 'complete';
}

/** More records are gone than may vanish without a person: nothing is deleted until one has looked. */
async function holdDeletions(
  ports: Ports & Pick<PollPorts, 'log'>,
  entity: string,
  { missingCount, limit }: { readonly missingCount: number; readonly limit: number },
): Promise<void> {
  ports.log.error('the vendor no longer shows many records: a person decides', {
    entity,
    count: missingCount,
    limit,
  });
  const hold = deletionsHold(ports.vendor.name, entity, missingCount);
  await recordHold(ports.store.ledger, laneOf(ports), hold);
}

/**
 * Whether a person has retried the item since the last full pass, which has raised it: that is the approval, for so many
 * records as the item said, and for one pass.
 */
async function areDeletionsApproved(
  { store, vendor }: Ports,
  entity: string,
  { missingCount, sinceMs }: { readonly missingCount: number; readonly sinceMs: number },
): Promise<boolean> {
  const { subject, code } = deletionsHold(vendor.name, entity, missingCount);
  const closed = await store.held.list({ vendor: vendor.name, ident: '', code, state: 'closed' });
  return closed.some(
    (item) =>
      item.subject === subject &&
      item.how === 'retried' &&
      (item.closedAtMs ?? 0) >= sinceMs &&
      Number(item.params['n']) >= missingCount,
  );
}

/** Nothing is missing any more, or it was concluded: the question is answered. */
function releaseDeletions(ports: Ports, entity: string): Promise<void> {
  return release(ports, (subject) => subject === `deletions:${entity}`);
}

export function deletionsHold(vendor: string, entity: string, missingCount: number): Hold {
  const params = { vendor, what: entity, n: String(missingCount) };
  return { subject: `deletions:${entity}`, code: 'DELETIONS_HELD', params };
}

type Ports = Pick<PollPorts, 'store' | 'vendor'>;

function laneOf({ vendor }: Ports) {
  return { vendor: vendor.name, centre: vendor.centre, ident: '' };
}

function readLane(ports: Ports) {
  const query = { ...laneOf(ports), officers: [], organisations: [], learnerVendorIds: [] };
  return ports.store.ledger.readLane(query);
}

async function readOpen(ports: Ports): Promise<readonly string[]> {
  return (await readLane(ports)).held.map(({ subject }) => subject);
}

/** Repeated until no other process was acting on the lane at that moment. */
async function release(ports: Ports, isOver: (subject: string) => boolean): Promise<void> {
  for (;;) {
    const { version, held } = await readLane(ports);
    const released = held.map(({ subject }) => subject).filter(isOver);
    if (released.length === 0) return;
    const journal = released.map((subject) => toEntry('released', subject, null));
    const outcome = { ...emptyOutcome(laneOf(ports), version), released, journal };
    if ((await ports.store.ledger.recordOutcome(outcome)).kind === 'recorded') return;
  }
}

type PassSize = {
  readonly run: number;
  readonly learnerCount: number;
  readonly forecast: PassForecast;
};

/** Counts what a full pass reads and logs how far it is, about once a minute. */
export type PassMeter = {
  /** A page was read. */
  readonly counted: () => void;
  /** So many learners have been read whole. */
  readonly reached: (learnersDone: number) => void;
  readonly calls: () => number;
};

const reportEveryMs = 60_000;
const minuteMs = 60_000;
/** Fewer pages than that do not tell the pace. */
const leastPages = 30;

export function createPassMeter(
  { clock, log, commands }: Pick<PollPorts, 'clock' | 'log' | 'commands'>,
  { run, learnerCount, forecast }: PassSize,
): PassMeter {
  const beganAtMs = clock.nowMs();
  let reportedAtMs = beganAtMs;
  let calls = 0;
  let learnersDone = 0;

  function minutesLeftNow(): number {
    const left = learnersDone > 0 ? learnerCount - learnersDone : Math.max(0, forecast.calls - calls);
    const tookMs = clock.nowMs() - beganAtMs;
    const perCallMinutes =
      calls < leastPages || tookMs <= 0
        ? forecast.minutes / Math.max(1, forecast.calls)
        : tookMs / calls / minuteMs;
    return Math.ceil(left * perCallMinutes * 10) / 10;
  }

  function report(): void {
    const minutesLeft = minutesLeftNow();
    const fields = { count: learnersDone, learners: learnerCount, calls, minutes: minutesLeft };
    log.info(calls === 0 ? 'a full pass begins' : 'a full pass is under way', fields);
    commands.progress({ run, learnersDone, learnerCount, calls, minutesLeft, forecast });
  }

  function reportWhenDue(): void {
    if (clock.nowMs() - reportedAtMs < reportEveryMs) return;
    reportedAtMs = clock.nowMs();
    report();
  }

  report();
  return {
    counted: () => {
      calls += 1;
      reportWhenDue();
    },
    reached: (count) => {
      learnersDone = count;
      reportWhenDue();
    },
    calls: () => calls,
  };
}
