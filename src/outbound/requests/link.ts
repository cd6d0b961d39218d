import type { Learner } from '../../core/learner.ts';
import type { VendorFailure } from '../../core/outcome.ts';
import type { Owner, OwnerKey, OwnerKind } from '../../core/owner.ts';
import type { Work } from '../work.ts';
import { type AskEffects, askVendor } from './ask-vendor.ts';
import { toNoLearner, toNoOwner } from './names.ts';
import { toRefreshAnswer } from './refresh.ts';
import {
  type Answer,
  type CommandRequest,
  type HandleCommand,
  toDone,
  toPayloadText,
  toRefused,
  toTxIds,
} from './request.ts';
import { type LinkSet, type LinkSubject, type SetLinkEffects, setLink, toLane } from './set-link.ts';

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
