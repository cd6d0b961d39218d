import { emptyOutcome } from '../domain/ledger.ts';
import type { PassSummary } from '../domain/polling.ts';
import type { PollLearner } from '../domain/schedule.ts';
import type { Hold } from '../domain/step.ts';
import { recordHold, toEntry } from '../engine/record.ts';
import type { PollPorts } from './page.ts';

/*
 * What a full pass leaves to a person: what it could not read three times in a row (G-9), and more records gone than may
 * vanish by themselves (D-21). Both wait in the lane without a learner, since a look at a learner knows nothing of them
 * and would release them. The first pass that finds the reason gone releases them itself.
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

/** More records are gone than may vanish without a person: nothing is deleted until one has looked. */
export async function holdDeletions(
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
export async function areDeletionsApproved(
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
export function releaseDeletions(ports: Ports, entity: string): Promise<void> {
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
