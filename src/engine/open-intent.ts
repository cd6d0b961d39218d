import { emptyOutcome, type Intent, type IntentState } from '../domain/ledger.ts';
import type { ConflictingLink } from '../domain/link.ts';
import type { Evaluation, Hold, Resolution } from '../domain/step.ts';
import { isPlanOf } from './call.ts';
import { toLinkKey, unknownOutcome } from './choose-step.ts';
import type { Desk } from './desk.ts';
import { type Glance, type Memory, toContext } from './glance.ts';
import { toEntry } from './record.ts';
import { decideAfterFailure } from './retry.ts';

/** How long to let another process go on before its intent is looked at again. */
const otherWorkerMs = 250;

/**
 * Deals with what an earlier attempt has left open. True when something was done or waited for: look again.
 *
 * An intent that somebody alive is sending is left to them. One whose process is gone, or whose answer was lost, is
 * never guessed: a create is looked up at the vendor, an update is simply evaluated afresh.
 */
export async function settleOpenIntent(parts: Desk, memory: Memory, glance: Glance): Promise<boolean> {
  const { ports, signal } = parts;
  const intent = glance.lane.openIntents.find(({ state }) => state !== 'planned');
  if (intent === undefined) return false;
  if (intent.state === 'sending' && intent.isWorkerAlive && intent.worker !== ports.worker) {
    await ports.clock.sleep(otherWorkerMs, signal);
    return true;
  }
  // What was sent may still be under way at the vendor, an update too: a newer one must not overtake it.
  const restMs = parts.options.retry.settleMs - (ports.clock.nowMs() - intent.startedAtMs);
  if (restMs > 0) await ports.clock.sleep(Math.min(restMs, parts.options.retry.settleMs), signal);
  if (intent.effect === 'create') await lookUp(parts, memory, glance, intent);
  else await record(parts, glance, { intent, state: 'rejected', code: 'ABANDONED' });
  return true;
}

/** Closes a plan that nobody wants any more: a review deleted before its turn is not sent. True when one was closed. */
export async function withdrawPlan(
  parts: Pick<Desk, 'ports'>,
  glance: Glance,
  { candidates }: Evaluation,
): Promise<boolean> {
  const calls = candidates.flatMap((candidate) => (candidate.kind === 'call' ? [candidate.call] : []));
  const intent = glance.lane.openIntents.find((plan) => !calls.some((call) => isPlanOf(plan, call)));
  if (intent === undefined) return false;
  await record(parts, glance, { intent, state: 'rejected', code: 'WITHDRAWN' });
  return true;
}

async function lookUp(parts: Desk, memory: Memory, glance: Glance, intent: Intent): Promise<void> {
  const { ports, gate, signal } = parts;
  await gate.enter();
  let resolution: Resolution;
  try {
    await ports.vendor.reserveCall(memory.priority, signal);
    resolution = await ports.vendor.resolve(intent, toContext(memory, glance, signal));
  } catch (error) {
    gate.released();
    throw error;
  }
  ports.meter.called({
    vendor: ports.vendor.name,
    name: `look-up ${intent.step}`,
    result: resolution.kind,
    tookMs: 0,
  });
  await apply(parts, memory, glance, { intent, resolution });
}

type Looked = { readonly intent: Intent; readonly resolution: Resolution };

async function apply(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  { intent, resolution }: Looked,
): Promise<void> {
  const { ports, gate, options, signal } = parts;
  switch (resolution.kind) {
    case 'found': {
      gate.answered();
      const { done } = resolution;
      if (done.observed.length > 0) await ports.topics.publishObservations(done.observed);
      const refused = await record(parts, glance, { intent, state: 'done', code: 'ADOPTED', done });
      for (const link of refused) memory.refusedLinks.set(toLinkKey(link), { link, created: intent });
      return;
    }
    case 'absent':
      gate.answered();
      await record(parts, glance, { intent, state: 'planned', code: 'ABSENT' });
      return;
    case 'several':
      gate.answered();
      await record(parts, glance, { intent, state: 'held', code: unknownOutcome, matches: resolution.count });
      return;
    case 'blind':
      gate.released();
      if (resolution.policy === 'repeat')
        await record(parts, glance, { intent, state: 'planned', code: 'POSSIBLE_ORPHAN' });
      else await record(parts, glance, { intent, state: 'held', code: unknownOutcome, matches: 0 });
      return;
    default: {
      const key = `look-up ${intent.id}`;
      const attempt = (memory.attempts.get(key) ?? 0) + 1;
      const next = decideAfterFailure(
        resolution,
        { effect: 'read', attempt, chance: ports.clock.chance() },
        options.retry,
      );
      if (next.kind === 'retry') {
        gate.released();
        if (next.countsAsAttempt) memory.attempts.set(key, attempt);
        return ports.clock.sleep(next.delayMs, signal);
      }
      if (next.kind !== 'hold') return gate.failed(resolution.kind);
      gate.refused(`look-up ${intent.step} ${next.code}`);
      await record(parts, glance, { intent, state: 'held', code: unknownOutcome, matches: 0 });
    }
  }
}

type IntentEnd = {
  readonly intent: Intent;
  readonly state: IntentState;
  readonly code: string;
  readonly matches?: number;
  readonly done?: Extract<Resolution, { kind: 'found' }>['done'];
};

/**
 * Gives the links that could not be made (G-2).
 *
 * A conflict needs no answer here: the look begins again and sees what the other has done.
 */
async function record(
  { ports }: Pick<Desk, 'ports'>,
  glance: Glance,
  end: IntentEnd,
): Promise<readonly ConflictingLink[]> {
  const { intent, state, code, done } = end;
  const hold: Hold = {
    subject: intent.subject,
    code: unknownOutcome,
    params: { what: intent.step, n: String(end.matches ?? 0) },
  };
  const recorded = await ports.ledger.recordOutcome({
    ...emptyOutcome(glance.key, glance.lane.version),
    intentId: intent.id,
    state,
    code,
    vendorId: done?.vendorId ?? null,
    shadows: done?.shadow ?? [],
    links: done?.links ?? [],
    findings: done?.findings ?? [],
    holds: state === 'held' ? [{ ...hold, requestHash: null }] : [],
    journal: [
      { ...toEntry(`look-up ${intent.step}`, intent.subject, code), vendorId: done?.vendorId ?? null },
    ],
  });
  return recorded.kind === 'recorded' ? recorded.conflictingLinks : [];
}
