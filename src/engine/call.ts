import { digestOf } from '../domain/digest.ts';
import { emptyOutcome, type Intent, type OutcomeRecord } from '../domain/ledger.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { Call, CallResult, Done } from '../domain/step.ts';
import { type Trace, tracePart } from '../domain/trace.ts';
import { readKey } from '../domain/view.ts';
import { toLinkKey } from './choose-step.ts';
import type { Desk } from './desk.ts';
import { advanceGlance, type Glance, type Memory, toContext, tracesOf } from './glance.ts';
import { recordFinal, toEntry } from './record.ts';
import { decideAfterFailure, vendorError } from './retry.ts';
import { asVendor } from './unexpected.ts';

/**
 * Makes one call: the right to call, then the intent, then the call, then what came of it.
 *
 * Null when both sides are to be read again: another process acted on this learner, or the call failed. The right to
 * call is taken before the intent, so that an intent is never `sending` while it only waits for its turn.
 *
 * Others count from the record of the intent how long its write may be under way, and take it for unknown as soon as
 * the place of this process is lost. So between the intent and the call both are looked at: after a stop, a loss of
 * the place or a long wait for the database nothing is sent (G-5).
 */
export async function performCall(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  call: Call,
): Promise<Glance | null> {
  const { ports, gate, options } = parts;
  const askedAtMs = ports.clock.nowMs();
  if (!(await reserve(parts, memory))) return null;
  let sent: Sent | null = null;
  const recordedAtMs = ports.clock.steadyMs();
  if (call.effect !== 'read') {
    sent = await recordIntent(parts, glance, call);
    if (sent === null) {
      gate.released();
      return null;
    }
  }
  const startedAtMs = ports.clock.steadyMs();
  const isLate = startedAtMs - recordedAtMs > options.sendWithinMs;
  if (parts.signal.aborted || isLate) return leaveUnsent(parts, glance, call, sent);
  memory.hasReservedCall = false;
  const sendBeforeMs = startedAtMs + options.sendWithinMs;
  const sentAtMs = ports.clock.nowMs();
  const result = await execute(parts, memory, glance, { call, sendBeforeMs });
  const tookMs = Math.round(ports.clock.steadyMs() - startedAtMs);
  ports.meter.called({ vendor: ports.vendor.name, name: call.name, result: result.kind, tookMs });
  traceCall(
    tracesOf(parts, memory),
    { call, lane: glance.key.ident },
    { result, askedAtMs, sentAtMs, answeredAtMs: ports.clock.nowMs() },
  );
  memory.calls[call.name] = (memory.calls[call.name] ?? 0) + 1;
  if (result.kind === 'done') {
    gate.answered();
    parts.spread.answered(call.name, recordOf(glance, call));
    memory.attempts.delete(readKey(call));
    return recordDone(parts, memory, glance, { call, sent, done: result, startedAtMs, tookMs });
  }
  await recordFailure(parts, memory, glance, { call, sent, failure: result });
  return null;
}

function traceCall(
  traces: readonly Trace[],
  { call: { name: step, effect, subject }, lane: ident }: { readonly call: Call; readonly lane: string },
  {
    result,
    askedAtMs,
    sentAtMs,
    answeredAtMs,
  }: {
    readonly result: CallResult;
    readonly askedAtMs: number;
    readonly sentAtMs: number;
    readonly answeredAtMs: number;
  },
): void {
  const vendorId = result.kind === 'done' ? result.vendorId : null;
  const fields = { ident, step, effect, subject, result: result.kind, vendorId };
  tracePart(traces, { name: 'wait', fromMs: askedAtMs, untilMs: sentAtMs, fields: { step } });
  tracePart(traces, { name: 'call', fromMs: sentAtMs, untilMs: answeredAtMs, fields });
}

/** The intent behind a write, and the learner's version after it was recorded. */
type Sent = { readonly intentId: string; readonly version: number };

/** False when the wait was so long that PICS should be read again first; the right to call is kept. */
async function reserve({ ports, gate, options, signal }: Desk, memory: Memory): Promise<boolean> {
  const askedAtMs = ports.clock.steadyMs();
  await gate.enter();
  try {
    if (!memory.hasReservedCall) await ports.vendor.reserveCall(memory.priority, signal);
    memory.hasReservedCall = true;
  } catch (error) {
    gate.released();
    throw error;
  }
  if (ports.clock.steadyMs() - askedAtMs <= options.staleAfterMs) return true;
  gate.released();
  return false;
}

/** Null when another process acted on the learner. */
export async function recordIntent({ ports, gate }: Desk, glance: Glance, call: Call): Promise<Sent | null> {
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

/** Surely nothing was sent: the next process need not wait for an answer. Throws when this one has to end. */
async function leaveUnsent(parts: Desk, glance: Glance, call: Call, sent: Sent | null): Promise<null> {
  const { gate, signal } = parts;
  gate.released();
  if (sent !== null) {
    const recording = recordFinal(parts, glance, {
      ...emptyOutcome(glance.key, glance.lane.version),
      ...sent,
      state: 'planned',
      code: 'NOT_SENT',
      journal: [toEntry(call.name, call.subject, 'NOT_SENT')],
    });
    // What ends this process matters more than a database that is away too.
    await (signal.aborted ? recording.catch(() => undefined) : recording);
  }
  signal.throwIfAborted();
  return null;
}

type Sending = { readonly call: Call; readonly sendBeforeMs: number };

async function execute(
  { ports, gate, signal }: Desk,
  memory: Memory,
  glance: Glance,
  { call, sendBeforeMs }: Sending,
) {
  try {
    const context = { ...toContext(memory, glance, signal), sendBeforeMs };
    return await asVendor(() => ports.vendor.execute(call, context));
  } catch (error) {
    gate.released();
    throw error;
  }
}

type Finished = {
  readonly call: Call;
  readonly sent: Sent | null;
  readonly done: Done;
  /** When the call was begun, by the clock of this process that is never set. */
  readonly startedAtMs: number;
  readonly tookMs: number;
};

async function recordDone(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  { call, sent, done, startedAtMs, tookMs }: Finished,
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
    failures: glance.lane.failures
      .filter(({ step, subject }) => step === call.name && subject === call.subject)
      .map((failure) => ({ ...failure, count: 0 })),
    holds: (done.holds ?? []).map((hold) => ({ ...hold, requestHash: null })),
    journal: [{ kind: call.name, subject: call.subject, code: 'done', vendorId: done.vendorId, tookMs }],
  };
  const fromMs = ports.clock.nowMs();
  const recorded = await recordFinal(parts, glance, outcome);
  const fields = { step: call.name, code: recorded.kind };
  tracePart(tracesOf(parts, memory), { name: 'record', fromMs, untilMs: ports.clock.nowMs(), fields });
  if (recorded.kind === 'conflict') return null;
  const requestHash = call.effect === 'create' ? digestOf(call.request) : null;
  const created = requestHash === null ? null : { subject: call.subject, requestHash };
  for (const link of recorded.conflictingLinks) memory.refusedLinks.set(toLinkKey(link), { link, created });
  if (call.effect === 'read')
    memory.reads.set(readKey(call), { begunAtMs: startedAtMs, endedAtMs: startedAtMs + tookMs });
  else memory.freshForMs = parts.options.freshForMs;
  if (call.effect !== 'read' && memory.committedAtMs !== null)
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

/**
 * Records what is known of a failed call, and waits as long as the policy says (G-9).
 *
 * A write without a conclusive answer stays `unknown` until it can no longer be under way, in whichever process: the
 * next look at the lane deals with it first. Failures of this kind are counted in the store.
 */
export async function recordFailure(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  { call, sent, failure }: Failed,
): Promise<void> {
  const { ports, gate, options, spread } = parts;
  const requestHash = digestOf(call.request);
  const isUnknown = failure.kind === 'unknown';
  const attempt =
    (isUnknown ? countOf(glance, call, requestHash) : (memory.attempts.get(readKey(call)) ?? 0)) + 1;
  const next = decideAfterFailure(
    failure,
    {
      effect: call.effect,
      attempt,
      chance: ports.clock.chance(),
      spread: isUnknown ? spread.failed(call.name, recordOf(glance, call)) : 'unclear',
      isProbe: gate.isProbing(),
    },
    options.retry,
  );
  const isHeld = next.kind === 'hold';
  const end = async (): Promise<void> => {
    if (sent === null && !isHeld && !isUnknown) return;
    const state = isUnknown ? 'unknown' : isHeld ? 'rejected' : 'planned';
    const code = isHeld ? next.code : failure.kind;
    await recordFinal(parts, glance, {
      ...emptyOutcome(glance.key, glance.lane.version),
      ...(sent === null ? {} : { ...sent, state, code }),
      holds: isHeld ? [toHold({ call, failure, code, attempt }, glance, requestHash)] : [],
      // Held, it counts from the beginning when a person has it tried again.
      failures: isUnknown
        ? [{ step: call.name, subject: call.subject, requestHash, count: isHeld ? 0 : attempt }]
        : [],
      journal: [toEntry(call.name, call.subject, code)],
    });
  };
  if (failure.kind === 'unreachable') memory.attempts.set(readKey(call), attempt);
  switch (next.kind) {
    case 'hold':
      if (failure.kind === 'rejected') {
        spread.answered(call.name, recordOf(glance, call));
        gate.refused({ step: call.name, code: next.code, lane: glance.key.ident });
      } else gate.released();
      if (call.effect === 'read') memory.refusedReads.add(readKey(call));
      return end();
    case 'retry':
      gate.released();
      await end();
      return rest(parts, next.delayMs);
    case 'resolve':
      gate.released();
      return end();
    case 'pause':
      gate.failed(next.reason);
      memory.attempts.delete(readKey(call));
      return end();
  }
}

/** By what the failures of a call are counted among those of all lanes. */
function recordOf({ key }: Pick<Glance, 'key'>, { subject }: Pick<Call, 'subject'>): string {
  return `${key.ident} ${subject}`;
}

function countOf({ lane }: Glance, { name, subject }: Call, requestHash: string): number {
  const known = lane.failures.find((one) => one.step === name && one.subject === subject);
  return known?.requestHash === requestHash ? known.count : 0;
}

/** Waits without keeping a place from other lanes; ends early at a stop. */
export function rest(
  { ports, aside, signal }: Pick<Desk, 'ports' | 'aside' | 'signal'>,
  ms: number,
): Promise<void> {
  return aside(() => ports.clock.sleep(ms, signal));
}

function toHold(
  {
    call,
    failure,
    code,
    attempt,
  }: Pick<Failed, 'call' | 'failure'> & { readonly code: string; readonly attempt: number },
  { lane, key }: Glance,
  requestHash: string,
) {
  const known = failure.kind === 'rejected' ? failure.params : {};
  // Whose record it is, where the client knows it by the vendor's id alone.
  const link = lane.links.find(({ kind, vendorId }) => kind === known?.['kind'] && vendorId === known['id']);
  const params = {
    what: call.name,
    message: failure.detail,
    code: link?.picsId ?? key.ident,
    ...known,
    ...(code === vendorError ? { n: String(attempt) } : {}),
  };
  return { subject: call.subject, code, params, requestHash };
}
