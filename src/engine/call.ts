import { digestOf } from '../domain/digest.ts';
import { emptyOutcome, type Intent, type IntentState, type OutcomeRecord } from '../domain/ledger.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { Call, Done } from '../domain/step.ts';
import { readKey } from '../domain/view.ts';
import { toLinkKey } from './choose-step.ts';
import type { Desk } from './desk.ts';
import { advanceGlance, type Glance, type Memory, toContext } from './glance.ts';
import { recordFinal, toEntry } from './record.ts';
import { type AfterFailure, decideAfterFailure } from './retry.ts';

/**
 * Makes one call: the right to call, then the intent, then the call, then what came of it.
 *
 * Null when both sides are to be read again: somebody else acted on this learner, or the call failed. The right to
 * call is taken before the intent, so that an intent is never `sending` while it only waits for its turn.
 */
export async function performCall(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  call: Call,
): Promise<Glance | null> {
  const { ports, gate } = parts;
  if (!(await reserve(parts, memory))) return null;
  let sent: Sent | null = null;
  if (call.effect !== 'read') {
    sent = await recordIntent(parts, glance, call);
    if (sent === null) {
      gate.released();
      return null;
    }
  }
  memory.hasReservedCall = false;
  const startedAtMs = ports.clock.nowMs();
  const result = await execute(parts, memory, glance, call);
  const tookMs = ports.clock.nowMs() - startedAtMs;
  ports.meter.called({ vendor: ports.vendor.name, name: call.name, result: result.kind, tookMs });
  memory.calls[call.name] = (memory.calls[call.name] ?? 0) + 1;
  if (result.kind === 'done') {
    gate.answered();
    memory.attempts.delete(readKey(call));
    return recordDone(parts, memory, glance, { call, sent, done: result, tookMs });
  }
  await recordFailure(parts, memory, glance, { call, sent, failure: result });
  return null;
}

/** The intent behind a write, and the learner's version after it was recorded. */
type Sent = { readonly intentId: string; readonly version: number };

/** False when the wait was so long that PICS should be read again first; the right to call is kept. */
async function reserve({ ports, gate, options, signal }: Desk, memory: Memory): Promise<boolean> {
  const askedAtMs = ports.clock.nowMs();
  await gate.enter();
  try {
    if (!memory.hasReservedCall) await ports.vendor.reserveCall(memory.priority, signal);
    memory.hasReservedCall = true;
  } catch (error) {
    gate.released();
    throw error;
  }
  if (ports.clock.nowMs() - askedAtMs <= options.staleAfterMs) return true;
  gate.released();
  return false;
}

/** Null when somebody else acted on the learner. */
async function recordIntent({ ports, gate }: Desk, glance: Glance, call: Call): Promise<Sent | null> {
  const planned = glance.lane.openIntents.find((intent) => isPlanOf(intent, call));
  try {
    const recorded = await ports.ledger.recordIntent({
      ...glance.key,
      version: glance.lane.version,
      step: call.name,
      effect: call.effect,
      subject: call.subject,
      naturalKey: call.naturalKey,
      requestHash: digestOf(call.request),
      worker: ports.worker,
      intentId: planned?.id ?? null,
    });
    return recorded.kind === 'recorded' ? recorded : null;
  } catch (error) {
    gate.released();
    throw error;
  }
}

export function isPlanOf(intent: Intent, call: Pick<Call, 'name' | 'subject'>): boolean {
  return intent.state === 'planned' && intent.step === call.name && intent.subject === call.subject;
}

async function execute({ ports, gate, signal }: Desk, memory: Memory, glance: Glance, call: Call) {
  try {
    return await ports.vendor.execute(call, toContext(memory, glance, signal));
  } catch (error) {
    gate.released();
    throw error;
  }
}

type Finished = {
  readonly call: Call;
  readonly sent: Sent | null;
  readonly done: Done;
  readonly tookMs: number;
};

async function recordDone(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  { call, sent, done, tookMs }: Finished,
): Promise<Glance | null> {
  const { ports } = parts;
  if (done.observed.length > 0) await ports.topics.publishObservations(done.observed);
  const outcome: OutcomeRecord = {
    ...emptyOutcome(glance.key, glance.lane.version),
    ...(sent === null ? {} : { ...sent, state: 'done', code: 'done' }),
    vendorId: done.vendorId,
    shadows: [...done.observed.flatMap(toShadow), ...done.shadow],
    links: done.links,
    milestone: call.milestone ?? null,
    findings: done.findings,
    journal: [{ kind: call.name, subject: call.subject, code: 'done', vendorId: done.vendorId, tookMs }],
  };
  const recorded = await recordFinal(parts, glance, outcome);
  if (recorded.kind === 'conflict') return null;
  const requestHash = call.effect === 'create' ? digestOf(call.request) : null;
  const created = requestHash === null ? null : { subject: call.subject, requestHash };
  for (const link of recorded.conflictingLinks) memory.refusedLinks.set(toLinkKey(link), { link, created });
  if (call.effect === 'read') memory.reads.add(readKey(call));
  else if (memory.committedAtMs !== null)
    ports.meter.delivered(ports.vendor.name, Math.max(0, ports.clock.nowMs() - memory.committedAtMs));
  return advanceGlance(glance, outcome, recorded);
}

function toShadow({
  record,
  deleted: _deleted,
  cause: _cause,
  ...rest
}: Done['observed'][number]): Done['shadow'] {
  return record === null ? [] : [{ ...rest, record }];
}

type Failed = { readonly call: Call; readonly sent: Sent | null; readonly failure: VendorFailure };

async function recordFailure(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  { call, sent, failure }: Failed,
): Promise<void> {
  const { ports, gate, options, signal } = parts;
  const attempt = (memory.attempts.get(readKey(call)) ?? 0) + 1;
  const chance = ports.clock.chance();
  const decided = decideAfterFailure(failure, { effect: call.effect, attempt, chance }, options.retry);
  // A probe that fails has answered the question: the vendor is left alone again, for longer.
  const isFailedProbe = decided.kind === 'retry' && decided.countsAsAttempt && gate.isProbing();
  const next: AfterFailure = isFailedProbe ? { kind: 'pause', reason: failure.kind } : decided;
  const end = async (state: IntentState, code: string): Promise<void> => {
    if (sent === null && state !== 'rejected') return;
    await recordFinal(parts, glance, {
      ...emptyOutcome(glance.key, glance.lane.version),
      ...(sent === null ? {} : { ...sent, state, code }),
      holds: state === 'rejected' ? [toHold({ call, failure }, glance, digestOf(call.request))] : [],
      journal: [toEntry(call.name, call.subject, code)],
    });
  };
  switch (next.kind) {
    case 'hold':
      gate.refused(`${call.name} ${next.code}`);
      if (call.effect === 'read') memory.refusedReads.add(readKey(call));
      return end('rejected', next.code);
    case 'retry':
      gate.released();
      if (next.countsAsAttempt) memory.attempts.set(readKey(call), attempt);
      await end('planned', failure.kind);
      return ports.clock.sleep(next.delayMs, signal);
    case 'resolve':
      gate.released();
      return end('unknown', failure.kind);
    case 'pause':
      gate.failed(next.reason);
      memory.attempts.delete(readKey(call));
      return end('planned', failure.kind);
  }
}

function toHold(
  { call, failure }: Pick<Failed, 'call' | 'failure'>,
  { lane, key }: Glance,
  requestHash: string,
) {
  const code = failure.kind === 'rejected' ? failure.code : failure.kind;
  const known = failure.kind === 'rejected' ? failure.params : {};
  // Whose record it is, where the client knows it by the vendor's id alone.
  const link = lane.links.find(({ kind, vendorId }) => kind === known?.['kind'] && vendorId === known['id']);
  const params = { what: call.name, message: failure.detail, code: link?.picsId ?? key.ident, ...known };
  return { subject: call.subject, code, params, requestHash };
}
