import { readDespiteUnseen } from '../domain/change.ts';
import { emptyOutcome, type LaneKey, type LaneState, type OutcomeRecord } from '../domain/ledger.ts';
import type { Link, NewLink } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import { type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import type { Work } from '../domain/work.ts';
import { readWaitingFor } from '../engine/changes.ts';
import { toEntry } from '../engine/record.ts';
import type { CrossedRecords, LinkSubject } from '../vendors/vendor.ts';
import { refreshAnswer } from './refresh.ts';
import {
  askAt,
  type Command,
  done,
  failed,
  fullName,
  noLearner,
  noOwner,
  payloadText,
  readLearnerOf,
  refused,
  txIdsOf,
  type Workplace,
} from './request.ts';

/*
 * Links that a person chooses. The record is looked for at the vendor, its holder in PICS is asked for, then the link
 * is set. PICS's column wins over the link table (D-2), so an old id in it is emptied first: else a look in between
 * would follow it back. The link itself is a compare-and-set on the lane, as everything a look does there: who is at
 * work on the record sees the other, and a create that is under way is waited for. Done again after a crash anywhere,
 * it comes to the same end.
 *
 * A record that PICS no longer has holds nothing (D-9): its link can be removed by command, and gives way to another
 * record that is linked to the same id.
 */

/** OF-30, OF-33: links an officer to a record that a person chose; a blank id removes the link. */
export const linkOfficer: Command = (request, begin, workplace) =>
  linkOwner('officer', request.officer ?? '', { request, begin, workplace });

/** The same for an organisation. */
export const linkOrganisation: Command = (request, begin, workplace) =>
  linkOwner('organisation', request.organisation ?? '', { request, begin, workplace });

type Given = {
  readonly request: CommandRequest;
  readonly begin: () => Promise<void>;
  readonly workplace: Workplace;
};

async function linkOwner(
  kind: OwnerKind,
  code: string,
  { request, begin, workplace }: Given,
): Promise<Answer> {
  const key = { kind, code };
  const txIds = txIdsOf(request);
  if (code === '') return noOwner(key);
  const readOwner = (seen: readonly number[]) => workplace.pics.readOwner({ key, txIds: seen });
  const isGone = (await readDespiteUnseen(readOwner, txIds)).value === null;
  if (isGone && !(await removesLinkOf(workplace, key, request))) return noOwner(key);
  const change = await changeLink(workplace, key, request, begin);
  if (change.kind === 'answered') return change.answer;
  // Learners that are not held for it are not touched: it counts from the next enrolment and review (OF-30).
  const idents = await readWaitingFor(workplace, kind, code);
  await Promise.all(
    [laneOf(key), ...idents].map((ident) =>
      workplace.engine.submit({ ident, ...commandWork('change', txIds) }),
    ),
  );
  return done({ ...change.result, learners: idents.length });
}

/** OF-24: links a learner to a record that a person chose, and synchronises it; a blank id removes the link. */
export const setLearnerId: Command = async (request, begin, workplace) => {
  const learner = await readLearnerOf(request, workplace);
  const ident = learner?.ident ?? request.ident?.trim() ?? '';
  const subject = { kind: 'learner', code: ident } as const;
  if (learner === null && !(await removesLinkOf(workplace, subject, request)))
    return noLearner(request.ident);
  const change = await changeLink(workplace, subject, request, begin);
  if (change.kind === 'answered') return change.answer;
  const isRemoved = change.result.vendorId === null;
  const demand = isRemoved ? 'change' : 'refresh';
  const settled = await workplace.engine.submit({
    ident,
    ...commandWork(demand, txIdsOf(request)),
  });
  if (isRemoved || learner === null) return done(change.result);
  const answer = refreshAnswer(settled, learner);
  return { ...answer, result: { ...change.result, ...answer.result } };
};

/** The link of a record that PICS has no more can still be taken away. */
async function removesLinkOf(
  workplace: Workplace,
  { kind, code }: LinkSubject,
  { payload }: CommandRequest,
): Promise<boolean> {
  if (payloadText(payload, 'vendorId') !== null) return false;
  const links = await workplace.store.links.readByPicsIds(scopeOf(workplace, kind), [code]);
  return links.length > 0;
}

type LinkChange =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | {
      readonly kind: 'changed';
      readonly result: { readonly vendorId: string | null; readonly previousId: string | null };
    };

/** Whether PICS has the record. */
async function isInPics({ pics }: Workplace, { kind, code }: LinkSubject): Promise<boolean> {
  const found =
    kind === 'learner'
      ? await pics.readLearner({ ident: code, txIds: [] })
      : await pics.readOwner({ key: { kind, code }, txIds: [] });
  return found !== null;
}

/** The checks in their order: known at the vendor, free in PICS, the same person. Then the link. */
async function changeLink(
  workplace: Workplace,
  subject: LinkSubject,
  { payload }: CommandRequest,
  begin: () => Promise<void>,
): Promise<LinkChange> {
  const { kind, code } = subject;
  const vendorId = payloadText(payload, 'vendorId');
  await begin();
  if (vendorId !== null) {
    const refusal = await checkRecord(workplace, subject, {
      vendorId,
      isConfirmed: payload['samePerson'] === true,
    });
    if (refusal !== null) return { kind: 'answered', answer: refusal };
  }
  const set = await setLink(workplace, subject, vendorId);
  if (set.kind === 'shown') {
    return { kind: 'answered', answer: failed('COLUMN_NOT_EMPTIED', { kind, code, id: set.id }) };
  }
  if (set.kind === 'taken') return { kind: 'answered', answer: inUse(subject, vendorId ?? '', set.by) };
  return { kind: 'changed', result: { vendorId, previousId: set.previousId } };
}

type WantedRecord = {
  readonly vendorId: string;
  /** A person has said that the two records are one person, whatever differs (D-13). */
  readonly isConfirmed: boolean;
};

/** Null: the link may be made, and no record that PICS no longer has is in its way. */
async function checkRecord(
  workplace: Workplace,
  subject: LinkSubject,
  { vendorId, isConfirmed }: WantedRecord,
): Promise<Answer | null> {
  const { kind } = subject;
  const found = await findAtVendor(workplace, subject, vendorId);
  if (found.kind === 'answered') return found.answer;
  const holder = await findHolder(workplace, subject, vendorId);
  const isVacant = holder !== null && !(await isInPics(workplace, { kind, code: holder }));
  if (holder !== null && !isVacant) return inUse(subject, vendorId, holder);
  const contradiction = isConfirmed
    ? null
    : await comparePerson(workplace, subject, { vendorId, seen: found.seen });
  if (contradiction === null && isVacant) await recordLink(workplace, { kind, code: holder }, null);
  return contradiction;
}

/** Another record of PICS that has the vendor's record to itself; officers may share theirs (D-8). */
async function findHolder(workplace: Workplace, { kind, code }: LinkSubject, vendorId: string) {
  if (kind === 'officer') return null;
  const links = await workplace.store.links.readByVendorIds(scopeOf(workplace, kind), [vendorId]);
  return links.find(({ picsId }) => picsId !== code)?.picsId ?? null;
}

/** What was seen is published, as every read is (D-5). */
async function findAtVendor(
  workplace: Workplace,
  subject: LinkSubject,
  vendorId: string,
): Promise<
  | { readonly kind: 'found'; readonly seen: readonly Observation[] }
  | { readonly kind: 'answered'; readonly answer: Answer }
> {
  const { vendor, topics, signal } = workplace;
  const found = await askAt(workplace, () => vendor.linking.findRecord(subject, vendorId, signal));
  if (found.kind === 'said') {
    const seen = found.value.kind === 'done' ? found.value.observed : [];
    await topics.publishObservations(seen);
    return { kind: 'found', seen };
  }
  const isMissing = found.failure.kind === 'rejected' && found.failure.code === 'ID_NOT_FOUND';
  const { kind } = subject;
  const params = { kind, id: vendorId, ...found.answer.params };
  return { kind: 'answered', answer: isMissing ? refused('ID_NOT_FOUND', params) : found.answer };
}

/** D-13: ids are consecutive, and one wrong digit is another person. */
async function comparePerson(
  { pics, vendor }: Workplace,
  { kind, code }: LinkSubject,
  { vendorId: id, seen }: { readonly vendorId: string; readonly seen: readonly Observation[] },
): Promise<Answer | null> {
  const learner = kind === 'learner' ? await pics.readLearner({ ident: code, txIds: [] }) : null;
  if (learner === null) return null;
  const differs = vendor.linking.contradictionsOf(learner, seen);
  if (differs.length === 0) return null;
  const params = { id, name: fullName(learner), ident: code, differs: differs.join(', ') };
  return refused('ID_OTHER_PERSON', params);
}

function inUse({ kind }: LinkSubject, id: string, by: string): Answer {
  return refused('ID_IN_USE', { kind, id, code: by });
}

type LinkSet =
  | { readonly kind: 'set'; readonly previousId: string | null }
  /** Another record of PICS has the id (G-2). */
  | { readonly kind: 'taken'; readonly by: string }
  /** PICS went on showing the old id: nothing was changed. */
  | { readonly kind: 'shown'; readonly id: string };

const lookAgainMs = 200;
/** So long the reconciler may take to empty a column. */
const emptiedWithinMs = 60_000;

/** Makes a link that a person chose, or with a null id takes it away. Nothing is sent to the vendor. */
async function setLink(
  workplace: Workplace,
  subject: LinkSubject,
  vendorId: string | null,
): Promise<LinkSet> {
  const shown = await emptyColumn(workplace, subject, vendorId);
  if (shown !== null) return { kind: 'shown', id: shown };
  const set = await recordLink(workplace, subject, vendorId);
  const isShown = workplace.vendor.linking.isShown(subject.kind);
  if (set.kind === 'set' && vendorId !== null && isShown)
    await workplace.topics.publishLinks([chosenLink(workplace, subject, vendorId)]);
  return set;
}

/** The lane that a record's work is done in. */
function laneOf({ kind, code }: LinkSubject): string {
  return kind === 'learner' ? code : toOwnerLane({ kind, code });
}

/**
 * The reconciler writes the column. A user who types another id meanwhile wins, and is followed afterwards.
 *
 * Answers the old id when it still stands there after a minute: the reconciler is away. The command then ends, so that
 * it does not wait without a word; what it has asked the reconciler for is done once that is back.
 */
async function emptyColumn(
  workplace: Workplace,
  subject: LinkSubject,
  wanted: string | null,
): Promise<string | null> {
  const { topics, clock, signal } = workplace;
  const shown = await readShown(workplace, subject);
  const scope = scopeOf(workplace, subject.kind);
  const [link] = await workplace.store.links.readByPicsIds(scope, [subject.code]);
  // The id of a link may still be on its way into the column. The reconciler fills blank columns alone, so it would
  // stand there first.
  const old = shown ?? (workplace.vendor.linking.isShown(subject.kind) ? (link?.vendorId ?? null) : null);
  if (old === null || old === wanted) return null;
  await topics.publishLinks([chosenLink(workplace, subject, old)], true);
  if (shown === null) return null;
  const untilMs = clock.nowMs() + emptiedWithinMs;
  while ((await readShown(workplace, subject)) === shown) {
    signal.throwIfAborted();
    if (clock.nowMs() >= untilMs) return shown;
    await clock.sleep(lookAgainMs, signal);
  }
  return null;
}

/** What PICS shows in its column of vendor ids; null also where that column is not this vendor's (D-2). */
async function readShown({ pics, vendor }: Workplace, { kind, code }: LinkSubject): Promise<string | null> {
  if (!vendor.linking.isShown(kind)) return null;
  if (kind !== 'learner')
    return (await pics.readOwner({ key: { kind, code }, txIds: [] }))?.externalId ?? null;
  const learner = await pics.readLearner({ ident: code, txIds: [] });
  return learner?.[vendor.columns.learner] ?? null;
}

async function recordLink(
  workplace: Workplace,
  subject: LinkSubject,
  vendorId: string | null,
): Promise<LinkSet> {
  const { store, engine, clock, signal, vendor } = workplace;
  const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident: laneOf(subject) };
  for (;;) {
    signal.throwIfAborted();
    const lane = await readLane(workplace, subject, key);
    if (lane.openIntents.length > 0) {
      await engine.submit({ ident: key.ident, ...commandWork('change', []) });
      await clock.sleep(lookAgainMs, signal);
      continue;
    }
    const current = lane.links.find((link) => link.kind === subject.kind && link.picsId === subject.code);
    if ((current?.vendorId ?? null) === vendorId) return { kind: 'set', previousId: vendorId };
    const crossed = await findCrossed(workplace, { subject, lane, current, vendorId });
    const { freed } = crossed;
    // Before the link: done again after a crash it finds the same, and an id that PICS no longer shows is left alone.
    if (freed.length > 0) await workplace.topics.publishLinks(freed, true);
    const recorded = await store.ledger.recordOutcome(
      linkOutcome(workplace, { subject, key, lane, current, vendorId, crossed }),
    );
    if (recorded.kind === 'conflict') continue;
    const [conflict] = recorded.conflictingLinks;
    if (conflict === undefined) return { kind: 'set', previousId: current?.vendorId ?? null };
    // Taken by none: a learner's look has linked this very record meanwhile, without its lane.
    if (conflict.takenBy !== null) return { kind: 'taken', by: conflict.takenBy };
  }
}

function readLane({ store }: Workplace, { kind, code }: LinkSubject, key: LaneKey): Promise<LaneState> {
  const officers = kind === 'officer' ? [code] : [];
  const organisations = kind === 'organisation' ? [code] : [];
  return store.ledger.readLane({ ...key, officers, organisations, learnerVendorIds: [] });
}

type Setting = {
  readonly subject: LinkSubject;
  readonly lane: LaneState;
  readonly current: Link | undefined;
  readonly vendorId: string | null;
};

/** What belonged to the record that was linked before does not hold any more (D-13). */
async function findCrossed(
  { pics, vendor }: Workplace,
  { subject: { kind, code }, lane, current, vendorId }: Setting,
): Promise<CrossedRecords> {
  const none = { freed: [], unlinks: [], holds: [] };
  if (kind !== 'learner') return none;
  const learner = await pics.readLearner({ ident: code, txIds: [] });
  const below = lane.links.filter((link) => link.ident === code && link.kind !== 'learner');
  if (learner === null) return { ...none, unlinks: below };
  return vendor.linking.crossedBy({ learner, lane }, { from: current?.vendorId ?? null, to: vendorId });
}

function linkOutcome(
  workplace: Workplace,
  setting: Setting & { readonly key: LaneKey; readonly crossed: CrossedRecords },
): OutcomeRecord {
  const { subject, key, lane, current, vendorId, crossed } = setting;
  const about = `${subject.kind}:${subject.code}`;
  const { copiedAtMs: _never, ...link } = chosenLink(workplace, subject, vendorId ?? '');
  const wanted: NewLink = current === undefined ? link : { ...link, replaces: current.vendorId };
  const isRemoved = vendorId === null;
  return {
    ...emptyOutcome(key, lane.version),
    links: isRemoved ? [] : [wanted],
    unlinks: current !== undefined && isRemoved ? [current, ...crossed.unlinks] : crossed.unlinks,
    holds: crossed.holds.map((hold) => ({ ...hold, requestHash: null })),
    // A person has decided: what waited for this decision is over.
    released: lane.held.filter((item) => item.subject === about).map((item) => item.subject),
    journal: [
      ...crossed.holds.map(({ subject: held, code }) => toEntry('held', held, code)),
      { ...toEntry(isRemoved ? 'unlinked' : 'linked', about, 'looked-up'), vendorId },
    ],
  };
}

function chosenLink({ vendor }: Workplace, { kind, code }: LinkSubject, vendorId: string): Link {
  const ident = kind === 'learner' ? code : null;
  const scope = { vendor: vendor.name, centre: vendor.centre };
  return { ...scope, kind, picsId: code, vendorId, ident, how: 'looked-up', copiedAtMs: null };
}

function scopeOf({ vendor }: Workplace, kind: LinkSubject['kind']) {
  return { vendor: vendor.name, centre: vendor.centre, kind };
}

function commandWork(demand: Work['demand'], txIds: readonly number[]): Omit<Work, 'ident'> {
  return { demand, priority: 'command', txIds, committedAtMs: null };
}

/** So many are shown at most: a person who sees more than that must say more. */
const mostShown = 500;

/** OF-30, OF-33: everything at the vendor that an officer or organisation could be linked to, and to whom it is. */
export const lookUp: Command = async (request, begin, workplace) => {
  const { vendor, store, pics } = workplace;
  const kind = kindOf(request);
  if (kind === null)
    return refused('INPUT_MISSING', { command: 'look-up', input: 'officers or organisations' });
  await begin();
  const text = payloadText(request.payload, 'text') ?? '';
  const found = await askAt(workplace, () => vendor.linking.searchOwners(kind, text));
  if (found.kind === 'failed') return found.answer;
  const shown = found.value.slice(0, mostShown);
  const links = await store.links.readByVendorIds(
    { vendor: vendor.name, centre: vendor.centre, kind },
    shown.map(({ id }) => id),
  );
  const names = await pics.readOwnerNames(kind, [...new Set(links.map(({ picsId }) => picsId))]);
  const lines = shown.map((owner) => {
    // D-8: officers may share an assessor; the one that was linked first comes first.
    const [linkedTo = null, ...alsoLinkedTo] = links
      .filter(({ vendorId }) => vendorId === owner.id)
      .map(({ picsId: code }) => ({ code, name: names.get(code) ?? null }));
    return { ...owner, linkedTo, ...(alsoLinkedTo.length === 0 ? {} : { alsoLinkedTo }) };
  });
  return done({ found: lines, count: found.value.length });
};

function kindOf({ payload }: CommandRequest): OwnerKind | null {
  const records = payloadText(payload, 'records');
  return records === 'officers' ? 'officer' : records === 'organisations' ? 'organisation' : null;
}
