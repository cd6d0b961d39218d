import type { JsonObject } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import type { Link } from '../domain/link.ts';
import { fromOwnerLane, type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import type { Answer, CommandRequest, RequestResult } from '../domain/request.ts';
import type { Settled, Work } from '../domain/work.ts';
import { toEnrolAnswer } from './enrol.ts';
import { toHeldLine, toRefreshAnswer } from './refresh.ts';
import { type HandleCommand, toDone, toHeld, toPayloadText, toRefused, toTxIds } from './request.ts';

export type RetriedItem = {
  readonly ident: string;
  readonly subject: string;
  readonly params: Readonly<Record<string, string>>;
};

/** Some by number, all with one reason, or all of some lanes. */
export type RetryChoice =
  | { readonly ids: readonly string[] }
  | { readonly code: string }
  | { readonly idents: readonly string[] };

export type RetryEffects = {
  /** Closes the items. Given again for the same request, it tells the same items once more. */
  readonly retryHeld: (
    choice: RetryChoice,
    act: { readonly by: string; readonly request: string },
  ) => Promise<readonly RetriedItem[]>;
  /** Puts corrected choices into the open enrolment of a learner; false = none is open. */
  readonly correctEnrolment: (ident: string, choices: JsonObject) => Promise<boolean>;
  readonly submit: (work: Work) => Promise<Settled>;
  /** Learners with something held because of this officer or organisation. */
  readonly readWaitingFor: (kind: OwnerKind, code: string) => Promise<readonly string[]>;
  /** Commands about these learners that ended held, with what is held there now: they are answered anew. */
  readonly reanswer: (settled: ReadonlyMap<string, Settled>) => Promise<void>;
};

/**
 * Tries held items once more, from a fresh read of both sides.
 *
 * What waits for an officer or organisation is tried there first, and with it everybody else who waits for the same.
 */
export function createRetry(effects: RetryEffects): HandleCommand {
  return async (request, begin) => {
    const choice = toChoice(request);
    if (choice === null)
      return toRefused('INPUT_MISSING', { command: 'retry', input: 'a held item or a code' });
    const act = { by: request.requestedBy ?? '', request: request.id };
    const items = await effects.retryHeld(choice, act);
    if (items.length === 0) return toRefused('NOT_HELD', {});
    await begin();
    const { owners, learners } = toLanes(items);
    if (owners.size > 0) await effects.retryHeld({ idents: [...owners] }, act);
    await correct(effects, request, learners);
    const work = { demand: 'refresh', priority: 'command', txIds: toTxIds(request) } as const;
    const look = async (ident: string): Promise<readonly [string, Settled]> => [
      ident,
      await effects.submit({ ident, ...work, committedAtMs: null }),
    ];
    const settledOwners = await Promise.all([...owners].map(look));
    for (const ident of await readWaiting(effects, owners)) learners.add(ident);
    const settled = new Map([...settledOwners, ...(await Promise.all([...learners].map(look)))]);
    await effects.reanswer(settled);
    return toAnswer(items, settled);
  };
}

function toChoice({ payload }: CommandRequest): RetryChoice | null {
  const code = toPayloadText(payload, 'code');
  const { held } = payload;
  const given = Array.isArray(held) ? held : held === undefined ? [] : [held];
  const ids = given.map(String).filter((id) => /^\d{1,18}$/.test(id));
  if (ids.length > 0) return { ids };
  return code === null ? null : { code };
}

/** Whoever waits for an officer or organisation names it in what is held. */
function toLanes(items: readonly RetriedItem[]): { owners: Set<string>; learners: Set<string> } {
  const owners = new Set<string>();
  const learners = new Set<string>();
  for (const { ident, params } of items) {
    (fromOwnerLane(ident) === null ? learners : owners).add(ident);
    const { officer, place } = params;
    if (officer !== undefined) owners.add(toOwnerLane({ kind: 'officer', code: officer }));
    if (place !== undefined) owners.add(toOwnerLane({ kind: 'organisation', code: place }));
  }
  return { owners, learners };
}

async function correct(
  { correctEnrolment }: RetryEffects,
  { payload }: CommandRequest,
  learners: ReadonlySet<string>,
): Promise<void> {
  const { choices } = payload;
  if (typeof choices !== 'object' || choices === null || Array.isArray(choices)) return;
  for (const ident of learners) await correctEnrolment(ident, choices as JsonObject);
}

async function readWaiting(
  { readWaitingFor }: RetryEffects,
  owners: ReadonlySet<string>,
): Promise<readonly string[]> {
  const keys = [...owners].flatMap((lane) => fromOwnerLane(lane) ?? []);
  return (await Promise.all(keys.map(({ kind, code }) => readWaitingFor(kind, code)))).flat();
}

/** Held again only by what was tried: other items of the same learners are not this command's. */
function toAnswer(items: readonly RetriedItem[], settled: ReadonlyMap<string, Settled>): Answer {
  const again = items.flatMap(({ ident, subject }) =>
    (settled.get(ident)?.holds ?? [])
      .filter((hold) => hold.subject === subject)
      .map((hold) => ({ ident, hold })),
  );
  const lanes = new Set(items.map(({ ident }) => ident));
  const held = again.map(({ ident, hold }) => ({ ident, ...toHeldLine(hold) }));
  const result = { items: items.length, learners: lanes.size, held };
  const [first] = again;
  if (first === undefined) return toDone(result);
  return toHeld(first.hold.code, { ident: first.ident, ...first.hold.params }, result);
}

export type SkipEffects = {
  /** Null: the item is not open. */
  readonly skipHeld: (
    id: string,
    act: { readonly reason: string; readonly by: string },
  ) => Promise<{ readonly ident: string; readonly subject: string } | null>;
  /** Commands about this learner that wait for nothing else any more end as skipped. */
  readonly endSkipped: (ident: string) => Promise<void>;
};

/** A person leaves an item undone, for a reason; a later change may raise it anew. The vendor is not needed. */
export function createSkip({ skipHeld, endSkipped }: SkipEffects): HandleCommand {
  return async ({ payload, requestedBy }) => {
    const id = toPayloadText(payload, 'held') ?? '';
    const reason = toPayloadText(payload, 'reason');
    if (!/^\d{1,18}$/.test(id)) return toRefused('NOT_HELD', {});
    if (reason === null) return toRefused('REASON_MISSING', {});
    const skipped = await skipHeld(id, { reason, by: requestedBy ?? '' });
    if (skipped === null) return toRefused('NOT_HELD', {});
    await endSkipped(skipped.ident);
    return toDone(skipped);
  };
}

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
      const answer = await answerAgain(effects, request, learner, end);
      await effects.publishResult({ id, status: 'working', code: null, params: {}, result: null });
      await effects.publishResult({ id, ...answer });
    }
  };
}

async function answerAgain(
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
