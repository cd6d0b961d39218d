/*
 * The course of one call on either façade. A call that comes over HTTP (simulator.ts) and one that a test makes in
 * process (in-process.ts) take the same steps, and nothing else decides what a call does:
 *
 * 1. `arrive` has the head: the call is in flight from here on.
 * 2. `takeUp` has the body: the façade reads it, and the rate limit says whether it may pass. One that may uses up the
 *    scripted rule that matches it, which says for how long the answer is held up.
 * 3. `finish` runs when that time is over: the judgement, the work and the entry in the history are one synchronous step,
 *    so calls are applied one at a time, each wholly or not at all.
 */

import type { ScriptedRule } from '../common/scripted-rules.ts';
import type { Delivery, Reply } from '../common/server.ts';
import { withoutSecrets, withoutSecretValues } from './credential.ts';
import { type Head, headerOf, type ReadCall } from './facade.ts';
import { type Facade, type Outcome, recordCall } from './history.ts';
import { readRestCall } from './rest/rest.ts';
import { readSoapCall } from './soap/soap.ts';
import type { Fault, World } from './world.ts';

interface Arrival {
  readonly facade: Facade;
  readonly head: Head;
  readonly startedAtMs: number;
  readonly at: string;
  readonly concurrent: number;
}

interface PendingCall {
  readonly delayMs: number;
  /** Does the work and notes the call. A client that has gone away meanwhile has asked all the same. */
  readonly finish: (isClientGone: boolean) => Delivery;
}

interface Finish {
  readonly reply: Reply | null;
  readonly outcome: Outcome;
  readonly applied: boolean;
  readonly resultId: string | null;
  readonly code: string | null;
}

export function arrive(world: World, facade: Facade, head: Head): Arrival {
  world.inFlightCount += 1;
  return {
    facade,
    head,
    startedAtMs: world.time.elapsedMs(),
    at: world.clock.nowIso(),
    concurrent: world.inFlightCount,
  };
}

const readCall = (world: World, { facade, head }: Arrival, body: string): ReadCall =>
  facade === 'rest' ? readRestCall(world, head, body) : readSoapCall(world, head, body);

export function takeUp(world: World, arrival: Arrival, body: string): PendingCall {
  const call = readCall(world, arrival, body);
  const wait = world.limits.admit(world, world.switches['rate-limit-per-minute']);
  const rule = wait === null ? takeRule(world, arrival, call, body) : null;
  return {
    delayMs: rule?.delayMs ?? 0,
    finish: (isClientGone) => {
      const finish = wait === null ? work(world, call, rule) : limited(world, call, wait.waitMs);
      note(world, { arrival, call, finish, rule, isClientGone });
      return {
        reply: finish.reply,
        action: wireFault(rule?.action ?? null),
        date: world.clock.nowHttpDate(),
      };
    },
  };
}

/** Notes a call that broke off before its body had come. */
export function abandon(world: World, arrival: Arrival): void {
  const call = readCall(world, arrival, '');
  const finish: Finish = { reply: null, outcome: 'client-gone', applied: false, resultId: null, code: null };
  note(world, { arrival, call, finish, rule: null, isClientGone: true });
}

function takeRule(
  world: World,
  { facade, head }: Arrival,
  call: ReadCall,
  body: string,
): ScriptedRule<Fault> | null {
  const { operation, wireName, route } = call;
  return world.rules.take({
    method: head.method,
    path: head.path,
    route,
    body,
    facade,
    operations: [operation, wireName],
  });
}

/** Faults that are done on the wire; the others are in the answer already. */
function wireFault(action: Fault | null): Delivery['action'] {
  switch (action?.type) {
    case undefined:
    case 'empty-id':
    case 'throttle':
    case 'omit':
    case 'soap-fault':
      return null;
    default:
      return action;
  }
}

function retryAfter(
  world: World,
  form: 'none' | 'seconds' | 'date',
  seconds: number,
): Record<string, string> {
  switch (form) {
    case 'none':
      return {};
    case 'seconds':
      return { 'Retry-After': String(seconds) };
    case 'date':
      return { 'Retry-After': new Date(world.clock.nowMs() + seconds * 1000).toUTCString() };
  }
}

const nothing = { applied: false, resultId: null } as const;

function limited(world: World, call: ReadCall, waitMs: number): Finish {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const reply = call.tooMany(retryAfter(world, world.switches['retry-after'], seconds));
  return { reply, outcome: 'limited', ...nothing, code: '429' };
}

/** Does the work, or what a rule wants instead. */
function work(world: World, call: ReadCall, rule: ScriptedRule<Fault> | null): Finish {
  const action = rule?.action ?? null;
  switch (action?.type) {
    case 'drop':
    case 'hang':
      return { reply: null, outcome: 'dropped-before', ...nothing, code: null };
    case 'answer':
      return { reply: scriptedReply(action), outcome: 'answered', ...nothing, code: String(action.status) };
    case 'throttle': {
      const reply = call.tooMany(retryAfter(world, action.retryAfter, action.seconds));
      return { reply, outcome: 'limited', ...nothing, code: '429' };
    }
    case 'soap-fault': {
      const reply = call.fault(action.code, action.subcode);
      return { reply, outcome: 'answered', ...nothing, code: action.subcode ?? action.code };
    }
    case 'empty-id':
      if (!action.applies) {
        return { reply: call.blankId(action.form), outcome: 'answered', ...nothing, code: null };
      }
  }
  const changesBefore = world.store.changeCount + world.matchQueue.length;
  const callSeq = world.history.nextCallSeq;
  world.history.attribute({ source: call.facade, callSeq });
  const omittedIds = new Set(action?.type === 'omit' ? action.ids : []);
  const { reply, resultId, code } = call.work(callSeq, omittedIds);
  const applied = world.store.changeCount + world.matchQueue.length > changesBefore;
  const worked: Finish = { reply, outcome: 'answered', applied, resultId, code };
  switch (action?.type) {
    case 'apply-then-answer':
      return { ...worked, reply: scriptedReply(action) };
    case 'apply-then-drop':
    case 'apply-then-hang':
      return { ...worked, reply: null, outcome: 'dropped-after' };
    case 'slow-body':
      return { ...worked, outcome: 'slow' };
    case 'truncate':
      return { ...worked, outcome: 'truncated' };
    case 'empty-id':
      return code === null ? { ...worked, reply: call.blankId(action.form) } : worked;
    default:
      return worked;
  }
}

function scriptedReply(action: Extract<Fault, { type: 'answer' | 'apply-then-answer' }>): Reply {
  return { status: action.status, contentType: null, body: action.body ?? '', headers: action.headers };
}

interface Noted {
  readonly arrival: Arrival;
  readonly call: ReadCall;
  readonly finish: Finish;
  readonly rule: ScriptedRule<Fault> | null;
  readonly isClientGone: boolean;
}

function note(world: World, { arrival, call, finish, rule, isClientGone }: Noted): void {
  world.inFlightCount -= 1;
  const { head } = arrival;
  recordCall(world.history, {
    at: arrival.at,
    durationMs: Math.round((world.time.elapsedMs() - arrival.startedAtMs) * 100) / 100,
    facade: arrival.facade,
    operation: call.operation,
    method: head.method,
    path: withoutSecrets(head.path),
    query: withoutSecretValues(head.query),
    requestId: headerOf(head, 'x-request-id') ?? null,
    credential: call.credential,
    body: call.keptBody,
    status: finish.reply?.status ?? null,
    outcome: isClientGone ? 'client-gone' : finish.outcome,
    applied: finish.applied,
    resultId: finish.resultId,
    code: finish.code,
    ruleId: rule?.id ?? null,
    isDryRun: call.isDryRun,
    passwordSent: call.passwordSent,
    concurrent: arrival.concurrent,
  });
}
