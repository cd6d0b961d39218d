import type { Learner } from '../domain/learner.ts';
import {
  emptyOutcome,
  type LaneKey,
  type LaneState,
  type Ledger,
  type OutcomeRecord,
} from '../domain/ledger.ts';
import type { Link, NewLink } from '../domain/link.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import { type Owner, type OwnerKey, type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { Settled, Work } from '../domain/work.ts';
import { toEntry } from '../engine/record.ts';
import { toRefreshAnswer } from './refresh.ts';
import {
  type AskEffects,
  askVendor,
  type HandleCommand,
  toDone,
  toNoLearner,
  toNoOwner,
  toPayloadText,
  toRefused,
  toTxIds,
} from './request.ts';

export type LinkEffects = SetLinkEffects &
  AskEffects & {
    readonly readLearner: (query: { ident: string; txIds: readonly number[] }) => Promise<Learner | null>;
    readonly readOwner: (query: { key: OwnerKey; txIds: readonly number[] }) => Promise<Owner | null>;
    /** Looks for the record at the vendor; rejected with `ID_NOT_FOUND` when it has none. */
    readonly findRecord: (
      subject: LinkSubject,
      vendorId: string,
    ) => Promise<{ readonly kind: 'found' } | VendorFailure>;
    /** Who in PICS is linked to the id; null = nobody. */
    readonly readHolder: (kind: LinkSubject['kind'], vendorId: string) => Promise<string | null>;
    /** Learners with something held because of this officer or organisation. */
    readonly readWaitingFor: (kind: OwnerKind, code: string) => Promise<readonly string[]>;
  };

/** OF-30, OF-33: links an officer or organisation to a record that a person chose; a blank id removes the link. */
export function createLinkOwner(kind: OwnerKind, effects: LinkEffects): HandleCommand {
  return async (request, begin) => {
    const code = (kind === 'officer' ? request.officer : request.organisation) ?? '';
    const key = { kind, code };
    const txIds = toTxIds(request);
    if (code === '' || (await effects.readOwner({ key, txIds })) === null) return toNoOwner(key);
    const changed = await changeLink(effects, key, request, begin);
    if (changed.kind === 'answered') return changed.answer;
    // Learners that are not held for it are not touched: it counts from the next enrolment and review (OF-30).
    const idents = await effects.readWaitingFor(kind, code);
    await Promise.all(
      [toLane(key), ...idents].map((ident) => effects.submit({ ident, ...asCommand('change', txIds) })),
    );
    return toDone({ ...changed.result, learners: idents.length });
  };
}

/** OF-24: links a learner to a record that a person chose, and synchronises it; a blank id removes the link. */
export function createSetLearnerId(effects: LinkEffects): HandleCommand {
  return async (request, begin) => {
    const txIds = toTxIds(request);
    const { ident } = request;
    const learner = ident === null ? null : await effects.readLearner({ ident, txIds });
    if (learner === null) return toNoLearner(ident);
    const subject = { kind: 'learner', code: learner.ident } as const;
    const changed = await changeLink(effects, subject, request, begin);
    if (changed.kind === 'answered') return changed.answer;
    const isRemoved = changed.result.vendorId === null;
    const demand = isRemoved ? 'change' : 'refresh';
    const settled = await effects.submit({ ident: learner.ident, ...asCommand(demand, txIds) });
    if (isRemoved) return toDone(changed.result);
    const answer = toRefreshAnswer(settled, learner);
    return { ...answer, result: { ...changed.result, ...answer.result } };
  };
}

type Changed =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | {
      readonly kind: 'changed';
      readonly result: { readonly vendorId: string | null; readonly previousId: string | null };
    };

/** The checks in their order: known at the vendor, free in PICS. Then the link. */
async function changeLink(
  effects: LinkEffects,
  subject: LinkSubject,
  { payload }: CommandRequest,
  begin: () => Promise<void>,
): Promise<Changed> {
  const vendorId = toPayloadText(payload, 'vendorId');
  await begin();
  if (vendorId !== null) {
    const found = await askVendor(effects, () => effects.findRecord(subject, vendorId));
    if (found.kind === 'failed') {
      const isMissing = found.failure.kind === 'rejected' && found.failure.code === 'ID_NOT_FOUND';
      const { kind } = subject;
      return toAnswered(
        isMissing ? toRefused('ID_NOT_FOUND', { kind, id: vendorId, ...found.answer.params }) : found.answer,
      );
    }
    const holder = await effects.readHolder(subject.kind, vendorId);
    if (holder !== null && holder !== subject.code) return toAnswered(toInUse(subject, vendorId, holder));
  }
  const set: LinkSet = await setLink(effects, subject, vendorId);
  if (set.kind === 'taken') return toAnswered(toInUse(subject, vendorId ?? '', set.by));
  return { kind: 'changed', result: { vendorId, previousId: set.previousId } };
}

function toAnswered(answer: Answer): Changed {
  return { kind: 'answered', answer };
}

function toInUse({ kind }: LinkSubject, id: string, by: string): Answer {
  return toRefused('ID_IN_USE', { kind, id, code: by });
}

function asCommand(demand: Work['demand'], txIds: readonly number[]): Omit<Work, 'ident'> {
  return { demand, priority: 'command', txIds, committedAtMs: null };
}

/** Whose link a person sets: a learner by its ident, an officer or organisation by its code. */
export type LinkSubject = { readonly kind: 'learner' | OwnerKind; readonly code: string };

export type SetLinkEffects = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly ledger: Pick<Ledger, 'readLane' | 'recordOutcome'>;
  /** What PICS shows in its column of vendor ids; null also where that column is not this vendor's (D-2). */
  readonly readShown: (subject: LinkSubject) => Promise<string | null>;
  /** Whether PICS has a column for the id that this vendor fills. */
  readonly isShown: (subject: LinkSubject) => boolean;
  /** Resolves when the brokers have it. */
  readonly publishLink: (link: Link, isRemoved: boolean) => Promise<void>;
  readonly submit: (work: Work) => Promise<Settled>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
};

export type LinkSet =
  | { readonly kind: 'set'; readonly previousId: string | null }
  /** Somebody else in PICS has the id (G-2). */
  | { readonly kind: 'taken'; readonly by: string };

const lookAgainMs = 200;

/**
 * Makes a link that a person chose, or with a null id takes it away. Nothing is sent to the vendor.
 *
 * PICS's column wins over the link table (D-2), so an old id in it is emptied first: else a look in between would
 * follow it back. The link itself is a compare-and-set on the lane, as everything a look does there: whoever is at work
 * on the record sees the other, and a create that is under way is waited for. Done again after a crash anywhere, it
 * comes to the same end.
 */
export async function setLink(
  effects: SetLinkEffects,
  subject: LinkSubject,
  vendorId: string | null,
): Promise<LinkSet> {
  await emptyColumn(effects, subject, vendorId);
  const set = await recordLink(effects, subject, vendorId);
  if (set.kind === 'set' && vendorId !== null && effects.isShown(subject))
    await effects.publishLink(toLink(effects, subject, vendorId), false);
  return set;
}

/** The lane that a record's work is done in. */
export function toLane({ kind, code }: LinkSubject): string {
  return kind === 'learner' ? code : toOwnerLane({ kind, code });
}

/** The reconciler writes the column. A user who types another id meanwhile wins, and is followed afterwards. */
async function emptyColumn(
  effects: SetLinkEffects,
  subject: LinkSubject,
  wanted: string | null,
): Promise<void> {
  const shown = await effects.readShown(subject);
  if (shown === null || shown === wanted) return;
  await effects.publishLink(toLink(effects, subject, shown), true);
  while ((await effects.readShown(subject)) === shown) {
    effects.signal.throwIfAborted();
    await effects.sleep(lookAgainMs, effects.signal);
  }
}

async function recordLink(
  effects: SetLinkEffects,
  subject: LinkSubject,
  vendorId: string | null,
): Promise<LinkSet> {
  const key = toKey(effects, subject);
  for (;;) {
    effects.signal.throwIfAborted();
    const lane = await readLane(effects, subject, key);
    if (lane.openIntents.length > 0) {
      await effects.submit({ ident: key.ident, ...asChange });
      await effects.sleep(lookAgainMs, effects.signal);
      continue;
    }
    const current = lane.links.find((link) => link.kind === subject.kind && link.picsId === subject.code);
    if ((current?.vendorId ?? null) === vendorId) return { kind: 'set', previousId: vendorId };
    const recorded = await effects.ledger.recordOutcome(
      toOutcome(effects, { subject, key, lane, current, vendorId }),
    );
    if (recorded.kind === 'conflict') continue;
    const [refused] = recorded.conflictingLinks;
    if (refused === undefined) return { kind: 'set', previousId: current?.vendorId ?? null };
    // Taken by nobody: a learner's look has linked this very record meanwhile, without its lane.
    if (refused.takenBy !== null) return { kind: 'taken', by: refused.takenBy };
  }
}

const asChange = {
  ...{ demand: 'change', priority: 'command', txIds: [], committedAtMs: null },
} as const satisfies Omit<Work, 'ident'>;

function readLane({ ledger }: SetLinkEffects, { kind, code }: LinkSubject, key: LaneKey): Promise<LaneState> {
  const officers = kind === 'officer' ? [code] : [];
  const organisations = kind === 'organisation' ? [code] : [];
  return ledger.readLane({ ...key, officers, organisations, learnerVendorIds: [] });
}

type Setting = {
  readonly subject: LinkSubject;
  readonly key: LaneKey;
  readonly lane: LaneState;
  readonly current: Link | undefined;
  readonly vendorId: string | null;
};

/** What belonged to the record that was linked before does not hold any more. */
function toOutcome(
  effects: SetLinkEffects,
  { subject, key, lane, current, vendorId }: Setting,
): OutcomeRecord {
  const about = `${subject.kind}:${subject.code}`;
  const dependents =
    subject.kind === 'learner'
      ? lane.links.filter(({ kind, ident }) => ident === subject.code && kind !== 'learner')
      : [];
  const { copiedAtMs: _never, ...link } = toLink(effects, subject, vendorId ?? '');
  const wanted: NewLink = current === undefined ? link : { ...link, replaces: current.vendorId };
  const isRemoved = vendorId === null;
  return {
    ...emptyOutcome(key, lane.version),
    links: isRemoved ? [] : [wanted],
    unlinks: current === undefined ? [] : isRemoved ? [current, ...dependents] : dependents,
    // A person has decided: what waited for this decision is over.
    released: lane.held.filter((item) => item.subject === about).map((item) => item.subject),
    journal: [{ ...toEntry(isRemoved ? 'unlinked' : 'linked', about, 'looked-up'), vendorId }],
  };
}

function toKey({ vendor, centre }: SetLinkEffects, subject: LinkSubject): LaneKey {
  return { vendor, centre, ident: toLane(subject) };
}

function toLink({ vendor, centre }: SetLinkEffects, { kind, code }: LinkSubject, vendorId: string): Link {
  return {
    ...{ vendor, centre, kind, picsId: code, vendorId },
    ...{ ident: kind === 'learner' ? code : null, how: 'looked-up', copiedAtMs: null },
  };
}
