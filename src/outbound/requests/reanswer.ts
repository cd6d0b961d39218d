import type { JsonObject } from '../../core/json.ts';
import type { Learner } from '../../core/learner.ts';
import type { Link } from '../../core/link.ts';
import type { Settled } from '../work.ts';
import { toEnrolAnswer } from './enrol-answer.ts';
import { toRefreshAnswer } from './refresh.ts';
import type { Answer, RequestResult } from './request.ts';

export type HeldRequest = { readonly id: string; readonly kind: string; readonly ident: string };

export type ReanswerEffects = {
  readonly vendor: string;
  /** Commands about these learners that ended held. */
  readonly readHeldRequests: (idents: readonly string[]) => Promise<readonly HeldRequest[]>;
  readonly readLearner: (query: { ident: string; txIds: readonly number[] }) => Promise<Learner | null>;
  readonly readLinks: (learner: Learner) => Promise<readonly Link[]>;
  readonly readAccepted: (requestId: string) => Promise<JsonObject | null>;
  readonly publishResult: (result: RequestResult) => Promise<void>;
};

/** After a retry: each command that waited goes back to working and is answered from what is there now. */
export function createReanswer(
  effects: ReanswerEffects,
): (settled: ReadonlyMap<string, Settled>) => Promise<void> {
  return async (settled) => {
    for (const request of await effects.readHeldRequests([...settled.keys()])) {
      const end = settled.get(request.ident);
      const learner = await effects.readLearner({ ident: request.ident, txIds: [] });
      if (end === undefined || learner === null) continue;
      const { id } = request;
      const answer = await toAnswer(effects, request, learner, end);
      await effects.publishResult({ id, status: 'working', code: null, params: {}, result: null });
      await effects.publishResult({ id, ...answer });
    }
  };
}

async function toAnswer(
  { vendor, readLinks, readAccepted }: ReanswerEffects,
  { id, kind }: HeldRequest,
  learner: Learner,
  settled: Settled,
): Promise<Answer> {
  const plan = kind === 'enrol' ? await readAccepted(id) : null;
  if (plan === null) return toRefreshAnswer(settled, learner);
  return toEnrolAnswer({ vendor, plan, learner, settled, links: await readLinks(learner) });
}

/** After a skip that leaves nothing else to wait for. */
export function createEndSkipped({
  readHeldRequests,
  hasWaiting,
  publishResult,
}: Pick<ReanswerEffects, 'readHeldRequests' | 'publishResult'> & {
  /** Whether anything of this lane still waits for a person. */
  readonly hasWaiting: (ident: string) => Promise<boolean>;
}): (ident: string) => Promise<void> {
  return async (ident) => {
    if (await hasWaiting(ident)) return;
    for (const { id } of await readHeldRequests([ident]))
      await publishResult({ id, status: 'skipped', code: null, params: {}, result: null });
  };
}
