import type { HeldChoice, Retried } from '../domain/held.ts';
import type { JsonObject } from '../domain/json.ts';
import { fromOwnerLane, toOwnerLane } from '../domain/owner.ts';
import type { Clock, Pics, Store, Topics } from '../domain/ports.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { Settled } from '../domain/work.ts';
import { readWaitingFor } from '../engine/changes.ts';
import { enrolAnswer, pathwaysOf, readLinks } from './enrol.ts';
import { refreshAnswer } from './refresh.ts';
import {
  type Command,
  done,
  held,
  heldLine,
  listed,
  payloadText,
  publishResult,
  refused,
  txIdsOf,
  type Workplace,
} from './request.ts';

/*
 * What a person does with held items: tries them again, or leaves them. Commands that had ended held are answered
 * again from what is there afterwards.
 */

/**
 * Tries held items once more, from a fresh read of both sides.
 *
 * What waits for an officer or organisation is tried there first, and with it everything else that waits for the same.
 */
export const retry: Command = async (request, begin, workplace) => {
  const { store, engine, vendor } = workplace;
  const choice = choiceOf(request, vendor.name);
  if (choice === null) return refused('INPUT_MISSING', { command: 'retry', input: 'a held item or a code' });
  const act = { by: request.requestedBy ?? '', request: request.id };
  const items = await store.held.retry(choice, act);
  if (items.length === 0) return refused('NOT_HELD', {});
  await begin();
  const { owners, learners } = lanesOf(items);
  if (owners.size > 0) await store.held.retry({ vendor: vendor.name, idents: [...owners] }, act);
  await correctEnrolments(workplace, request, learners);
  const work = {
    demand: 'refresh',
    priority: 'command',
    txIds: txIdsOf(request),
    committedAtMs: null,
  } as const;
  const look = async (ident: string): Promise<readonly [string, Settled]> => [
    ident,
    await engine.submit({ ident, ...work }),
  ];
  const settledOwners = await Promise.all([...owners].map(look));
  for (const ident of await readWaiting(workplace, owners)) learners.add(ident);
  const settled = new Map([...settledOwners, ...(await Promise.all([...learners].map(look)))]);
  await answerAgain(workplace, settled);
  return retryAnswer(items, settled);
};

function choiceOf({ payload }: CommandRequest, vendor: VendorName): HeldChoice | null {
  const code = payloadText(payload, 'code');
  const given = payload['held'];
  const listed = Array.isArray(given) ? given : given === undefined ? [] : [given];
  const ids = listed.map(String).filter((id) => /^\d{1,18}$/.test(id));
  if (ids.length > 0) return { ids };
  return code === null ? null : { vendor, code };
}

/** What waits for an officer or organisation names it. */
function lanesOf(items: readonly Retried[]): { owners: Set<string>; learners: Set<string> } {
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

/** Puts corrected choices into the open enrolments of these learners. */
async function correctEnrolments(
  { store, vendor }: Workplace,
  { payload }: CommandRequest,
  learners: ReadonlySet<string>,
): Promise<void> {
  const { choices } = payload;
  if (typeof choices !== 'object' || choices === null || Array.isArray(choices)) return;
  const pathways = pathwaysOf((choices as JsonObject)['pathways']);
  for (const ident of learners) {
    const lane = { vendor: vendor.name, centre: vendor.centre, ident };
    await store.enrolments.correct(lane, (plan) => vendor.enrolment.correct(plan, { pathways }));
  }
}

async function readWaiting(workplace: Workplace, owners: ReadonlySet<string>): Promise<readonly string[]> {
  const keys = [...owners].flatMap((lane) => fromOwnerLane(lane) ?? []);
  return (await Promise.all(keys.map(({ kind, code }) => readWaitingFor(workplace, kind, code)))).flat();
}

/** Held again only by what was tried: other items of the same learners are not this command's. */
function retryAnswer(items: readonly Retried[], settled: ReadonlyMap<string, Settled>): Answer {
  const again = items.flatMap(({ ident, subject }) =>
    (settled.get(ident)?.holds ?? [])
      .filter((hold) => hold.subject === subject)
      .map((hold) => ({ ident, hold })),
  );
  const lanes = new Set(items.map(({ ident }) => ident));
  const lines = again.map(({ ident, hold }) => ({ ident, ...heldLine(hold) }));
  const result = { items: items.length, learners: lanes.size, ...listed('held', lines) };
  const [first] = again;
  if (first === undefined) return done(result);
  return held(first.hold.code, { ident: first.ident, ...first.hold.params }, result);
}

/** After a retry: each command that waited goes back to working and is answered from what is there now. */
async function answerAgain(workplace: Workplace, settled: ReadonlyMap<string, Settled>): Promise<void> {
  const { pics, store, vendor } = workplace;
  for (const { id, kind, ident } of await pics.readHeldRequests(vendor.name, [...settled.keys()])) {
    const end = settled.get(ident);
    const learner = await pics.readLearner({ ident, txIds: [] });
    if (end === undefined || learner === null) continue;
    const plan = kind === 'enrol' ? ((await store.enrolments.read(id))?.plan ?? null) : null;
    const answer =
      plan === null
        ? refreshAnswer(end, learner)
        : enrolAnswer(vendor.name, {
            plan,
            learner,
            settled: end,
            links: await readLinks(workplace, learner),
          });
    const working = { id, status: 'working', code: null, params: {}, result: null } as const;
    await publishResult(workplace, vendor.name, working);
    await publishResult(workplace, vendor.name, { id, ...answer });
  }
}

/** What leaving an item stands on: the vendor is not needed for it. */
type SkipPorts = {
  readonly vendor: VendorName;
  readonly pics: Pick<Pics, 'readHeldRequests'>;
  readonly store: Pick<Store, 'held'>;
  readonly topics: Pick<Topics, 'publishResult'>;
  readonly clock: Pick<Clock, 'nowMs'>;
};

/** A person leaves an item undone, for a reason; a later change may raise it again. */
export async function skip({ payload, requestedBy }: CommandRequest, ports: SkipPorts): Promise<Answer> {
  const id = payloadText(payload, 'held') ?? '';
  const reason = payloadText(payload, 'reason');
  if (!/^\d{1,18}$/.test(id)) return refused('NOT_HELD', {});
  if (reason === null) return refused('REASON_MISSING', {});
  const skipped = await ports.store.held.skip(id, { reason, by: requestedBy ?? '' });
  if (skipped === null) return refused('NOT_HELD', {});
  await endSkipped(ports, skipped.ident);
  return done(skipped);
}

/** Commands about this learner that wait for nothing else end as skipped. */
async function endSkipped(ports: SkipPorts, ident: string): Promise<void> {
  const { vendor, pics, store } = ports;
  if ((await store.held.list({ vendor, ident, limit: 1 })).length > 0) return;
  for (const { id } of await pics.readHeldRequests(vendor, [ident]))
    await publishResult(ports, vendor, { id, status: 'skipped', code: null, params: {}, result: null });
}
