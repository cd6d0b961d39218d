import { isInfrastructureFault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { type AuditPlace, type Difference, driftCode, type SeenDifference } from '../domain/difference.ts';
import { emptyOutcome, type LaneKey, type LaneState } from '../domain/ledger.ts';
import { fromOwnerLane } from '../domain/owner.ts';
import type { Store } from '../domain/ports.ts';
import type { RunItem, RunLine } from '../domain/run.ts';
import type { Hold } from '../domain/step.ts';
import { type ImaginePorts, imagineLook } from '../runs/imagine.ts';
import type { OpenVendor } from '../vendors/vendor.ts';

/*
 * The standing audit: whether PICS and a vendor are equal where they should be, found out without waiting for a change.
 *
 * Linked learners are shared out into seven parts by a hash of the ident, which never changes. One part is looked at in a
 * day, spread over it in the order of the idents; a part that is not finished in its day goes on until it is. So each
 * learner is looked at about once a week, and after a restart the audit goes on where it was.
 *
 * A look is an imagined one: the vendor's own rules over PICS, the lane and what the vendor shows at this moment. What they
 * would send, write or hold is a difference, and what they note is one that a rule allows. Nothing is sent and no row is
 * written. What is found takes the place of what was known of the learner.
 *
 * A difference that no rule allows may be a change under way. So its learner is looked at again after an hour, and only
 * what is there then too is held for a person. The plan of an audit (`runs plan`) is kept in the same way. A learner with such a difference is looked at every hour, and soon after
 * something was done for it, until it is gone; then the held item is closed.
 */

type AuditPorts = Pick<ImaginePorts, 'vendor' | 'pics' | 'clock'> & {
  readonly store: Pick<Store, 'differences' | 'ledger' | 'links'>;
  readonly log: Log;
};

const parts = 7;
const dayMs = 86_400_000;
const lookAgainAfterMs = 3_600_000;
/** Times are kept in whole milliseconds. */
const clockStepMs = 1;
/** What was done for a learner has come to its end by then. */
const movedForMs = 60_000;
/** How long the list of a part serves: learners are linked and unlinked meanwhile. */
const listFreshMs = 600_000;
const idleMs = 5_000;
const unansweredMs = 60_000;
/** After so many looks without an answer the audit goes past a learner (G-9). */
const mostAttempts = 3;
const learnerPage = 5_000;
const duePage = 20;

/** In which of the seven parts a learner is: FNV-1a over the ident. */
export function partOf(ident: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < ident.length; at += 1)
    hash = Math.imul(hash ^ ident.charCodeAt(at), 0x01000193) >>> 0;
  return hash % parts;
}

/** Looks at one learner a turn, if one is due. It is for one process at a time: the one that polls. */
export function createAudit(ports: AuditPorts): { turn(signal: AbortSignal): Promise<void> } {
  const { vendor, store, clock, log } = ports;
  const scope = { vendor: vendor.name, centre: vendor.centre };
  let restUntilMs = Number.NEGATIVE_INFINITY;
  /** Looks without an answer, by ident; forgotten after a while. */
  const unanswered = new Map<string, { readonly count: number; readonly atMs: number }>();
  let list: { readonly part: number; readonly idents: readonly string[]; readonly readAtMs: number } | null =
    null;

  async function readPart(part: number): Promise<readonly string[]> {
    const nowMs = clock.steadyMs();
    if (list?.part === part && nowMs - list.readAtMs < listFreshMs) return list.idents;
    await forgetUnlinked(ports);
    const idents: string[] = [];
    for (let afterIdent: string | null = null; ; ) {
      const page = await store.links.readLearners(scope, { afterIdent, limit: learnerPage });
      idents.push(...page.map(({ ident }) => ident).filter((ident) => partOf(ident) === part));
      if (page.length < learnerPage) break;
      afterIdent = page.at(-1)?.ident ?? null;
    }
    list = { part, idents: idents.sort(), readAtMs: nowMs };
    return list.idents;
  }

  /** The next learner of the part, if the day has come so far; else null. */
  async function findNext(place: AuditPlace): Promise<string | null> {
    const idents = await readPart(place.part);
    const doneCount = idents.filter((ident) => ident <= place.afterIdent).length;
    const elapsedMs = clock.nowMs() - place.beganAtMs;
    if (doneCount < idents.length)
      return doneCount < (idents.length * elapsedMs) / dayMs ? (idents[doneCount] ?? null) : null;
    if (elapsedMs >= dayMs)
      await store.differences.recordPlace(scope, {
        part: (place.part + 1) % parts,
        beganAtMs: clock.nowMs(),
        afterIdent: '',
      });
    return null;
  }

  async function readPlace(): Promise<AuditPlace> {
    const known = await store.differences.readPlace(scope);
    // A clock that was ahead began the part in the future: it begins now.
    if (known !== null && known.beganAtMs <= clock.nowMs()) return known;
    const place = { part: 0, afterIdent: '', ...known, beganAtMs: clock.nowMs() };
    await store.differences.recordPlace(scope, place);
    return place;
  }

  /** Who is to be looked at again, but for those who were not answered lately, and those whose link was taken away. */
  async function findDue(): Promise<string | null> {
    const page = { notSeenForMs: lookAgainAfterMs, movedForMs, limit: duePage };
    const due = await store.differences.readDue(scope, page);
    const nowMs = clock.steadyMs();
    for (const [ident, { atMs }] of unanswered)
      if (nowMs - atMs >= lookAgainAfterMs) unanswered.delete(ident);
    if (due.length === 0) return null;
    const links = await store.links.readByPicsIds({ ...scope, kind: 'learner' }, due);
    const linked = new Set(links.map(({ picsId }) => picsId));
    return due.find((ident) => linked.has(ident) && !unanswered.has(ident)) ?? null;
  }

  /** Whether the audit may go on to the next learner. */
  async function look(ident: string, signal: AbortSignal): Promise<boolean> {
    const end = await auditLearner(ports, ident, signal);
    if (end === 'audited') {
      unanswered.delete(ident);
      return true;
    }
    if (signal.aborted) return false;
    const atMs = clock.steadyMs();
    const count = (unanswered.get(ident)?.count ?? 0) + 1;
    restUntilMs = atMs + unansweredMs;
    unanswered.set(ident, { count, atMs });
    if (count < mostAttempts) return false;
    log.warn('the audit goes past a learner whom the vendor does not show', { vendor: vendor.name, ident });
    return true;
  }

  return {
    turn: async (signal) => {
      if (clock.steadyMs() < restUntilMs) return;
      const due = await findDue();
      if (due !== null) {
        await look(due, signal);
        return;
      }
      const place = await readPlace();
      const next = await findNext(place);
      if (next === null) restUntilMs = clock.steadyMs() + idleMs;
      else if (await look(next, signal))
        await store.differences.recordPlace(scope, { ...place, afterIdent: next });
    },
  };
}

/** Looks at one learner, keeps what differs, and holds or releases it. */
async function auditLearner(
  ports: AuditPorts,
  ident: string,
  signal: AbortSignal,
): Promise<'audited' | 'unanswered'> {
  const { vendor, store } = ports;
  const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident };
  const { version } = await readLane(store, key);
  const seen = await compare(ports, ident, signal);
  if (seen === null) return 'unanswered';
  await keep(ports, key, { seen, laneVersion: version });
  return 'audited';
}

type KeepPorts = Pick<AuditPorts, 'pics' | 'store'> & {
  readonly vendor: Pick<OpenVendor, 'name' | 'centre'>;
};

/** What the plan of an audit has found of linked learners is kept as what the standing audit finds. */
export function createKeepAudited(
  ports: KeepPorts,
): (items: readonly Pick<RunItem, 'ident' | 'planned'>[]) => Promise<void> {
  const { vendor, store } = ports;
  return async (items) => {
    for (const { ident, planned } of items) {
      if (!planned.isLinked || fromOwnerLane(ident) !== null) continue;
      const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident };
      const { version } = await readLane(store, key);
      await keep(ports, key, { seen: planned.lines.flatMap(toDifferences), laneVersion: version });
    }
  };
}

/** What two looks that far apart have found is no change under way. */
async function keep(
  ports: KeepPorts,
  key: LaneKey,
  found: { readonly seen: readonly SeenDifference[]; readonly laneVersion: number },
): Promise<void> {
  const known = await ports.store.differences.record(key, found);
  const open = known.filter(
    ({ rule, sinceMs, lastSeenMs }) =>
      rule === null && lastSeenMs - sinceMs >= lookAgainAfterMs - clockStepMs,
  );
  await settleHold(ports.store, key, open.length === 0 ? null : await driftHold(ports, key, open));
}

/**
 * Null: the vendor did not answer. A fault in a rule or in the client that one learner brings about is logged and counts as
 * no answer: the engine holds such a learner (G-9).
 */
async function compare(
  { vendor, pics, clock, store, log }: AuditPorts,
  ident: string,
  signal: AbortSignal,
): Promise<readonly SeenDifference[] | null> {
  const request = { ident, demand: 'refresh', readsVendor: true, priority: 'replay', signal } as const;
  try {
    const ports = { vendor, pics, ledger: store.ledger, clock };
    const imagined = await imagineLook(ports, { ...request, owners: new Map() });
    if (imagined.kind === 'unanswered') return null;
    if (imagined.kind !== 'foreseen') return [gone(ident)];
    return imagined.foreseen.lines.flatMap(toDifferences);
  } catch (error) {
    if (signal.aborted) return null;
    if (isInfrastructureFault(error)) throw error;
    log.error('a learner could not be compared', { vendor: vendor.name, ident, error });
    return null;
  }
}

/** PICS has lost the learner, and the vendor keeps the account: what becomes of it is for a person. */
function gone(ident: string): SeenDifference {
  return { subject: `learner:${ident}`, field: '', inPics: 'blank', atVendor: 'other', rule: 'NO_LEARNER' };
}

/** What a look would do is what differs; what it would hold or note is a difference with a reason. */
export function toDifferences({ does, subject, fields, blank, code }: RunLine): readonly SeenDifference[] {
  const none = { subject, field: '', rule: null } as const;
  const each = fields.length === 0 ? [''] : fields;
  switch (does) {
    case 'create':
      return [{ ...none, inPics: 'newer', atVendor: 'blank' }];
    case 'insert':
      return [{ ...none, inPics: 'blank', atVendor: 'newer' }];
    case 'update':
      return each.map((field) => {
        return { ...none, field, inPics: 'newer', atVendor: blank.includes(field) ? 'blank' : 'older' };
      });
    case 'pull':
      return each.map((field) => {
        return { ...none, field, inPics: blank.includes(field) ? 'blank' : 'older', atVendor: 'newer' };
      });
    case 'link':
    case 'unlink':
      // What the sync knows of both, and not what either side shows.
      return [];
    case 'noted':
    case 'held':
      // What the audit itself has held is no reason for the difference.
      return code === driftCode
        ? []
        : [{ ...none, inPics: 'other', atVendor: 'other', rule: code ?? does.toUpperCase() }];
  }
}

const mostNamed = 5;

async function driftHold(
  { pics }: Pick<KeepPorts, 'pics'>,
  { ident }: LaneKey,
  open: readonly Difference[],
): Promise<Hold> {
  const learner = await pics.readLearner({ ident, txIds: [] });
  const name = [learner?.firstName ?? null, learner?.surname ?? null].filter((part) => part !== null);
  const places = open.map(({ subject, field }) => (field === '' ? subject : `${subject} ${field}`));
  const more = places.length > mostNamed ? ` and ${places.length - mostNamed} more` : '';
  return {
    subject: `drift:${ident}`,
    code: driftCode,
    params: { ident, name: name.join(' '), where: `${places.slice(0, mostNamed).join(', ')}${more}` },
  };
}

function readLane({ ledger }: Pick<Store, 'ledger'>, key: LaneKey): Promise<LaneState> {
  return ledger.readLane({ ...key, officers: [], organisations: [], learnerVendorIds: [] });
}

/** Makes the held item of a learner's drift say what is open; null: nothing is. Repeated while another process acts. */
async function settleHold(store: Pick<Store, 'ledger'>, key: LaneKey, wanted: Hold | null): Promise<void> {
  for (;;) {
    const lane = await readLane(store, key);
    const held = lane.held.filter(({ code }) => code === driftCode);
    const isKnown = held.some(
      ({ subject, params }) => subject === wanted?.subject && params['where'] === wanted.params['where'],
    );
    // Under a changed key an item keeps the subject that it had.
    const released = held.map(({ subject }) => subject).filter((subject) => subject !== wanted?.subject);
    const opened = wanted === null || isKnown ? [] : [wanted];
    if (released.length === 0 && opened.length === 0) return;
    const line = { code: driftCode, vendorId: null, tookMs: null } as const;
    const recorded = await store.ledger.recordOutcome({
      ...emptyOutcome(key, lane.version),
      holds: opened.map((hold) => ({ ...hold, requestHash: null })),
      released,
      journal: [
        ...opened.map(({ subject }) => ({ ...line, kind: 'held', subject })),
        ...released.map((subject) => ({ ...line, kind: 'released', subject })),
      ],
    });
    if (recorded.kind === 'recorded') return;
  }
}

/** Without a link there is nothing to compare, and nothing waits. */
async function forgetUnlinked(ports: AuditPorts): Promise<void> {
  const { vendor, store } = ports;
  const scope = { vendor: vendor.name, centre: vendor.centre };
  for (const ident of await store.differences.forgetUnlinked(scope))
    await settleHold(store, { ...scope, ident }, null);
}
