import { type CallFailure, emptyOutcome, type Intent, type IntentState } from '../domain/ledger.ts';
import type { ConflictingLink } from '../domain/link.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { Evaluation, Hold, Resolution } from '../domain/step.ts';
import { isPlanOf, rest } from './call.ts';
import { toLinkKey, unknownOutcome } from './choose-step.ts';
import type { Desk } from './desk.ts';
import { type Glance, type Memory, toContext } from './glance.ts';
import { toEntry } from './record.ts';
import { decideAfterFailure } from './retry.ts';
import { asVendor } from './unexpected.ts';

/** How long to let another process go on before its intent is looked at again. */
const otherWorkerMs = 250;

/**
 * Deals with what an earlier attempt has left open. True when something was done or waited for: look again.
 *
 * An intent that a live process is sending is left to it, for as long as such a call can last. One whose process is
 * gone, or whose answer was lost, is never guessed (G-5). How old it is says the database that stamped its send.
 *
 * - A create is looked up at the vendor, early and then ever more rarely. What is found counts at once. That nothing is
 *   found counts only when the call can no longer be under way, and twice; then the create may be sent once more, and
 *   the second time it is held.
 * - An update stays unknown for the same time, so that a newer value cannot be overtaken by it; then what is to be
 *   sent is decided afresh.
 *
 * While it waits, it lends its place to other lanes.
 */
export async function settleOpenIntent(parts: Desk, memory: Memory, glance: Glance): Promise<boolean> {
  const { ports, options } = parts;
  const { lookAfterMs, settleMs } = options.retry;
  const intent = glance.lane.openIntents.find(({ state }) => state !== 'planned');
  if (intent === undefined) return false;
  const isOthers = intent.state === 'sending' && intent.isWorkerAlive && intent.worker !== ports.worker;
  if (isOthers && intent.ageMs < settleMs) {
    await rest(parts, otherWorkerMs);
    return true;
  }
  if (isOthers) ports.meter.noted(ports.vendor.name, 'sender-stuck');
  const isCreate = intent.effect === 'create';
  const restMs = (isCreate ? Math.min(lookAfterMs, settleMs) : settleMs) - intent.ageMs;
  if (restMs > 0) await rest(parts, restMs);
  else if (isCreate) await lookUp(parts, memory, glance, intent);
  else await record(parts, glance, { intent, state: 'rejected', code: 'ABANDONED' });
  return true;
}

/** Closes a plan that is not wanted any more: a review deleted before its turn is not sent. True when one was closed. */
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
    signal.throwIfAborted();
    resolution = await asVendor(() => ports.vendor.resolve(intent, toContext(memory, glance, signal)));
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
  const { ports, gate, spread } = parts;
  const { step, subject, requestHash } = intent;
  const failure: CallFailure = { step: `look-up ${step}`, subject, requestHash, count: 0 };
  const isAnswer = ['found', 'absent', 'several'].includes(resolution.kind);
  if (isAnswer) spread.answered(failure.step, `${glance.key.ident} ${subject}`);
  switch (resolution.kind) {
    case 'found': {
      gate.answered();
      const { done } = resolution;
      if (done.observed.length > 0) await ports.topics.publishObservations(done.observed);
      const refused = await record(parts, glance, { intent, state: 'done', code: 'ADOPTED', done, failure });
      for (const link of refused) memory.refusedLinks.set(toLinkKey(link), { link, created: intent });
      return;
    }
    case 'absent':
      gate.answered();
      return decideAbsent(parts, memory, glance, { intent, failure });
    case 'several':
      gate.answered();
      return hold(parts, glance, { intent, matches: resolution.count, failure });
    case 'blind':
      gate.released();
      // Waiting would not show it either.
      if (resolution.policy === 'hold' || intent.repeats > 0)
        return hold(parts, glance, { intent, matches: 0 });
      await record(parts, glance, { intent, state: 'planned', code: 'POSSIBLE_ORPHAN', isRepeat: true });
      return;
    default:
      return retryLookUp(parts, memory, glance, { intent, failure, resolution });
  }
}

type Absent = { readonly intent: Intent; readonly failure: CallFailure };

/** The vendor does not show the record: that counts when it is late enough, and twice (G-5). */
async function decideAbsent(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  { intent, failure }: Absent,
): Promise<void> {
  const { settleMs, confirmMs } = parts.options.retry;
  const { id, attempt, ageMs, repeats } = intent;
  const waitOn = async (ms: number): Promise<void> => {
    // It was answered, so its failures are no longer in a row.
    if (isChanged(glance, failure))
      await record(parts, glance, { intent, state: intent.state, code: 'ABSENT', failure });
    return rest(parts, ms);
  };
  if (ageMs < settleMs) return waitOn(Math.min(settleMs - ageMs, Math.max(ageMs * 5, 1)));
  const key = `${id} ${attempt}`;
  const absences = (memory.absences.get(key) ?? 0) + 1;
  memory.absences.set(key, absences);
  if (absences < 2) return waitOn(confirmMs);
  if (repeats > 0) return hold(parts, glance, { intent, matches: 0, failure });
  await record(parts, glance, { intent, state: 'planned', code: 'ABSENT', isRepeat: true, failure });
}

type LostLookUp = Absent & { readonly resolution: VendorFailure };

/** A look-up that fails is made again, as any read. One that fails for this record alone leaves it to a person (G-9). */
async function retryLookUp(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  { intent, failure, resolution }: LostLookUp,
): Promise<void> {
  const { ports, gate, options, spread } = parts;
  const { step, subject, requestHash } = failure;
  const key = `look-up ${intent.id}`;
  const isUnknown = resolution.kind === 'unknown';
  const known = glance.lane.failures.find((one) => one.step === step && one.subject === subject);
  const counted = known?.requestHash === requestHash ? known.count : 0;
  const attempt = (isUnknown ? counted : (memory.attempts.get(key) ?? 0)) + 1;
  const next = decideAfterFailure(
    resolution,
    {
      effect: 'read',
      attempt,
      chance: ports.clock.chance(),
      spread: isUnknown ? spread.failed(step, `${glance.key.ident} ${subject}`) : 'unclear',
      isProbe: gate.isProbing(),
    },
    options.retry,
  );
  if (resolution.kind === 'rejected') gate.refused({ step, code: resolution.code, lane: glance.key.ident });
  else if (next.kind === 'pause') gate.failed(resolution.kind);
  else gate.released();
  if (next.kind === 'hold') return hold(parts, glance, { intent, matches: 0, failure });
  if (resolution.kind === 'unreachable')
    if (next.kind === 'pause') memory.attempts.delete(key);
    else memory.attempts.set(key, attempt);
  if (isUnknown) {
    const count = { ...failure, count: attempt };
    await record(parts, glance, { intent, state: intent.state, code: resolution.kind, failure: count });
  }
  if (next.kind === 'retry') await rest(parts, next.delayMs);
}

type Unclear = { readonly intent: Intent; readonly matches: number; readonly failure?: CallFailure };

async function hold(parts: Desk, glance: Glance, end: Unclear): Promise<void> {
  await record(parts, glance, { ...end, state: 'held', code: unknownOutcome });
}

type IntentEnd = {
  readonly intent: Intent;
  readonly state: IntentState;
  readonly code: string;
  /** It will be sent again although it may have been done. */
  readonly isRepeat?: boolean;
  readonly matches?: number;
  /** How often its look-up has failed by now. */
  readonly failure?: CallFailure;
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
  const { intent, state, code, done, failure, isRepeat = false } = end;
  const item: Hold = {
    subject: intent.subject,
    code: unknownOutcome,
    params: { what: intent.step, n: String(end.matches ?? 0) },
  };
  const recorded = await ports.ledger.recordOutcome({
    ...emptyOutcome(glance.key, glance.lane.version),
    intentId: intent.id,
    state,
    code,
    isRepeat,
    vendorId: done?.vendorId ?? null,
    shadows: done?.shadow ?? [],
    links: done?.links ?? [],
    findings: done?.findings ?? [],
    holds: state === 'held' ? [{ ...item, requestHash: null }] : [],
    failures: isChanged(glance, failure) ? [failure] : [],
    journal: [
      { ...toEntry(`look-up ${intent.step}`, intent.subject, code), vendorId: done?.vendorId ?? null },
    ],
  });
  return recorded.kind === 'recorded' ? recorded.conflictingLinks : [];
}

/** Whether the count of a failing look-up is to be written: most look-ups never failed. */
function isChanged({ lane }: Glance, failure: CallFailure | undefined): failure is CallFailure {
  if (failure === undefined) return false;
  const { step, subject, count } = failure;
  return count > 0 || lane.failures.some((one) => one.step === step && one.subject === subject);
}
