import type { Learner } from '../core/learner.ts';
import type { Hold } from '../core/step.ts';
import type { Settled, Work } from './work.ts';

/** A user command as a row of `picsync.request`. */
export type CommandRequest = {
  readonly id: string;
  readonly kind: string;
  readonly vendor: string;
  readonly ident: string | null;
  readonly status: string | null;
  readonly txId: number | null;
};

export type RequestStatus = 'working' | 'done' | 'refused' | 'failed' | 'held' | 'skipped';

/** What is written back into the request's row, by way of its topic and the reconciler. */
export type RequestResult = {
  readonly id: string;
  readonly status: RequestStatus;
  readonly code: string | null;
  /** Fills the message's gaps. */
  readonly params: Readonly<Record<string, string>>;
  readonly result: Readonly<Record<string, unknown>> | null;
};

export type HandleRequestEffects = {
  readonly vendor: string;
  readonly readLearner: (query: { ident: string; txIds: readonly number[] }) => Promise<Learner | null>;
  readonly submit: (work: Work) => Promise<Settled>;
  /** Resolves when the brokers have it. */
  readonly publishResult: (result: RequestResult) => Promise<void>;
};

/**
 * Runs a user's `refresh` (OF-41): the daily exchange of one learner, at once, ahead of background work.
 *
 * Only a request that is `new` starts work, so rows that the reconciler writes back cause nothing. A repeated request
 * is harmless: a refresh may run twice.
 */
export function createHandleRequest(
  effects: HandleRequestEffects,
): (request: CommandRequest) => Promise<void> {
  const answer = (
    request: CommandRequest,
    status: RequestStatus,
    rest: Partial<RequestResult> = {},
  ): Promise<void> =>
    effects.publishResult({ id: request.id, status, code: null, params: {}, result: null, ...rest });

  return async (request) => {
    if (request.status !== 'new' || request.vendor !== effects.vendor || request.kind !== 'refresh') return;
    const { ident } = request;
    const txIds = request.txId === null ? [] : [request.txId];
    const learner = ident === null ? null : await effects.readLearner({ ident, txIds });
    if (learner === null)
      return answer(request, 'refused', {
        code: 'NO_LEARNER',
        params: { kind: 'learner', code: ident ?? '' },
      });
    await answer(request, 'working');
    const settled = await effects.submit({
      ident: learner.ident,
      demand: 'refresh',
      priority: 'command',
      txIds,
      committedAtMs: null,
    });
    return answer(request, ...conclude(settled, learner));
  };
}

function conclude(settled: Settled, learner: Learner): [RequestStatus, Partial<RequestResult>] {
  const names = { ident: learner.ident, name: toFullName(learner) };
  if (settled.kind === 'vanished')
    return ['refused', { code: 'NO_LEARNER', params: { kind: 'learner', code: learner.ident } }];
  const result = { calls: settled.calls, held: settled.holds.map(toHeld) };
  const [first] = settled.holds;
  if (!settled.isLinked && first === undefined)
    return ['refused', { code: 'NOT_LINKED', params: names, result }];
  if (first !== undefined)
    return ['held', { code: first.code, params: { ...names, ...first.params }, result }];
  return ['done', { result }];
}

/** For the request's own row alone: names of people reach no log. */
function toFullName({ firstName, surname }: Learner): string {
  const name = [firstName, surname].filter((one) => one !== null).join(' ');
  return name === '' ? 'The learner' : name;
}

function toHeld({ subject, code }: Hold): { subject: string; code: string } {
  return { subject, code };
}
