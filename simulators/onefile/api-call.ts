/*
 * The course of one call under the base URL. A call that comes over HTTP (simulator.ts) and one that a test makes in
 * process (in-process.ts) take the same three steps, and nothing else decides what a call does:
 *
 * 1. `arrive` has the head: it finds the session and the route, and settles maintenance and the rate limit. A call that
 *    is cut off later has counted all the same.
 * 2. `takeUp` has the body: a call that was not turned away uses up the scripted rule that matches it. The rule and the
 *    latency switch say for how long the answer is held up.
 * 3. `finish` runs when that time is over: the checks from the route onward, the work, and the entry in the history are
 *    one synchronous step, so calls are applied in the order in which their delays end.
 *
 * The answer and the fault that a rule does to it are handed back; how a fault looks depends on who carries the answer.
 */

import { type RouteResult, type Target, toSegments } from '../common/routing.ts';
import type { ScriptedRule, WireFault } from '../common/scripted-rules.ts';
import type { Delivery, Reply } from '../common/server.ts';
import { type Outcome, recordCall } from './history.ts';
import { EMPTY_INPUT, type Input, parseBody } from './http/body.ts';
import {
  badRequest,
  errorReply,
  forbidden,
  limitedReply,
  maintenanceReply,
  notFound,
  switchedReply,
} from './http/reply.ts';
import { type Admission, isInMaintenance } from './limits.ts';
import type { Call } from './resources/call.ts';
import { API_ROUTES, type Handler, isUnproven } from './resources/routes.ts';
import { carryOutDeletions } from './resources/users.ts';
import type { Session } from './sessions.ts';
import { idOf } from './state/row.ts';
import type { World } from './world.ts';

/** What is known of a call once its head has been read. */
interface Head {
  readonly method: string;
  /** The path is relative to the base URL. */
  readonly target: Target;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly address: string;
}

/** A call as the checks on its head left it. */
interface Arrival {
  readonly head: Head;
  readonly segments: readonly string[];
  readonly route: RouteResult<Handler>;
  readonly session: Session | undefined;
  readonly customerId: number | null;
  readonly isClosed: boolean;
  readonly admission: Admission;
  readonly startedAtMs: number;
  readonly at: string;
}

/** A call with its body. The answer is held up for `delayMs`. */
interface PendingCall {
  readonly delayMs: number;
  /** Does the work and notes the call. A client that has gone away meanwhile has asked all the same. */
  readonly finish: (isClientGone: boolean) => Delivery;
}

interface Finish {
  readonly reply: Reply | null;
  readonly outcome: Outcome;
  readonly applied: boolean;
  readonly action: WireFault | null;
  readonly ruleId: number | null;
}

/** Maintenance and the rate limit are settled on the head alone. */
export function arrive(world: World, head: Head): Arrival {
  const { clock, sessions, switches } = world;
  const segments = toSegments(head.target.path);
  const isAuthentication = segments.length === 1 && segments[0]?.toLowerCase() === 'authentication';
  const session = isAuthentication ? undefined : sessions.find(headerOf(head, 'x-tokenid'));
  const customerId = isAuthentication
    ? (customerOfToken(world, headerOf(head, 'x-customertoken')) ?? null)
    : (session?.customerId ?? null);
  const nowMs = clock.nowMs();
  const isClosed = isInMaintenance(world.maintenance, nowMs);
  const caller = {
    customerId,
    sessionHash: session?.tokenHash ?? null,
    address: head.address,
    isAuthentication,
  };
  const admission = isClosed
    ? { isLimited: false, windowCount: 0, freeAtMs: nowMs }
    : world.rate.admit(caller, nowMs, switches);
  return {
    head,
    segments,
    route: API_ROUTES.find(head.method, segments),
    session,
    customerId,
    isClosed,
    admission,
    startedAtMs: world.time.elapsedMs(),
    at: clock.nowIso(),
  };
}

/** A call turned away on its head does nothing and uses up no rule. */
export function takeUp(world: World, arrival: Arrival, body: string): PendingCall {
  const turnedAway = turnAway(world, arrival);
  const { method, target } = arrival.head;
  const subject = { method, path: target.path, route: routePattern(arrival.route), body };
  const rule = turnedAway === null ? world.rules.take(subject) : null;
  return {
    delayMs: world.switches['latency-ms'] + (rule?.delayMs ?? 0),
    finish: (isClientGone) => {
      const finish = turnedAway ?? work(world, arrival, body, rule);
      record(world, { arrival, body, finish, isClientGone });
      return { reply: finish.reply, action: finish.action, date: world.clock.nowHttpDate() };
    },
  };
}

/** Notes a call that broke off before its body had come. */
export function abandon(world: World, arrival: Arrival): void {
  const finish: Finish = { reply: null, outcome: 'client-gone', applied: false, action: null, ruleId: null };
  record(world, { arrival, body: '', finish, isClientGone: true });
}

function headerOf(head: Head, name: string): string | undefined {
  const value = head.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The customer a token was issued to. There are a handful at most. */
function customerOfToken(world: World, token: string | undefined): number | undefined {
  if (token === undefined || token === '') return undefined;
  const customer = world.store.list('customers').find((row) => row['token'] === token);
  return customer === undefined ? undefined : (idOf(customer) as number);
}

const routePattern = (route: RouteResult<Handler>): string | null => {
  if (route.kind === 'found') return route.route.pattern;
  return route.kind === 'wrong-method' ? route.pattern : null;
};

function turnAway(world: World, arrival: Arrival): Finish | null {
  const nothing = { applied: false, action: null, ruleId: null };
  if (arrival.isClosed) {
    return { reply: maintenanceReply(world.switches), outcome: 'maintenance', ...nothing };
  }
  if (!arrival.admission.isLimited) return null;
  const waitMs = arrival.admission.freeAtMs - world.clock.nowMs();
  const reply = limitedReply(world.switches, { waitMs, freeAtMs: arrival.admission.freeAtMs });
  return { reply, outcome: 'limited', ...nothing };
}

/** Does the work, or what a rule wants instead. */
function work(world: World, arrival: Arrival, body: string, rule: ScriptedRule<WireFault> | null): Finish {
  const action = rule?.action ?? null;
  const ruleId = rule?.id ?? null;
  if (action?.type === 'drop' || action?.type === 'hang')
    return { reply: null, outcome: 'dropped-before', applied: false, action, ruleId };
  if (action?.type === 'answer') {
    return { reply: scriptedReply(action), outcome: 'answered', applied: false, action, ruleId };
  }
  carryOutDeletions(world);
  const changesBefore = world.store.changeCount;
  world.history.attribute({ source: 'api', callSeq: world.history.nextCallSeq });
  const worked = answer(world, arrival, body);
  const applied = world.store.changeCount > changesBefore;
  switch (action?.type) {
    case 'apply-then-answer':
      return { reply: scriptedReply(action), outcome: 'answered', applied, action, ruleId };
    case 'apply-then-drop':
    case 'apply-then-hang':
      return { reply: null, outcome: 'dropped-after', applied, action, ruleId };
    case 'slow-body':
      return { reply: worked, outcome: 'slow', applied, action, ruleId };
    case 'truncate':
      return { reply: worked, outcome: 'truncated', applied, action, ruleId };
    case undefined:
      return { reply: worked, outcome: 'answered', applied, action, ruleId };
  }
}

function scriptedReply(action: Extract<WireFault, { status: number }>): Reply {
  return { status: action.status, contentType: null, body: action.body ?? '', headers: action.headers };
}

/** The checks from the route onward, and the work itself. Nothing changes before all of them have passed. */
function answer(world: World, arrival: Arrival, text: string): Reply {
  const { route } = arrival;
  const unproven = refuseUnproven(world, arrival);
  if (unproven !== null) return unproven;
  if (route.kind === 'unknown') return notFound('Route');
  if (route.kind === 'wrong-method')
    return errorReply(405, `${route.pattern} does not answer to ${arrival.head.method}`);
  const { handler } = route.route;
  if (handler.kind === 'open') return handler.answer(world, arrival.customerId);
  const refused = refuseSession(world, arrival);
  if (refused !== null || arrival.session === undefined) return refused ?? notFound('Session');
  const reading = readInput(world, arrival, text);
  if (reading.kind === 'refused') return reading.reply;
  const { customerId } = arrival.session;
  const call: Call = {
    world,
    switches: world.switches,
    customerId,
    organisationIds: organisationsOfCustomer(world, customerId),
    parameters: route.parameters,
    input: reading.input,
  };
  return handler.answer(call);
}

/** Routes outside the contract: unknown, or known but closed, as the switch says. */
function refuseUnproven(world: World, arrival: Arrival): Reply | null {
  if (!isUnproven(arrival.head.method, arrival.segments)) return null;
  if (world.switches['unproven-endpoints'] === '404') return notFound('Route');
  return refuseSession(world, arrival) ?? forbidden('This endpoint is not open to the customer');
}

function refuseSession(world: World, { session }: Arrival): Reply | null {
  const isGood = session !== undefined && world.sessions.use(session, world.clock.nowMs(), world.switches);
  return isGood ? null : switchedReply(world.switches['expired-session'], 'Session token is not valid');
}

type InputReading = { kind: 'input'; input: Input } | { kind: 'refused'; reply: Reply };

/** Bodies of GET, DELETE and Authentication are ignored, whatever they hold. */
function readInput(world: World, { head }: Arrival, text: string): InputReading {
  if (head.method !== 'POST') return { kind: 'input', input: EMPTY_INPUT };
  const body = parseBody(text, headerOf(head, 'content-type'));
  switch (body.kind) {
    case 'input':
      return body;
    case 'malformed':
      return { kind: 'refused', reply: badRequest(world.switches, body.detail) };
    case 'wrong-type':
      return { kind: 'refused', reply: errorReply(415, `Content type ${body.contentType} is not supported`) };
  }
}

function organisationsOfCustomer({ store }: World, customerId: number): Set<number> {
  const own = store.list('organisations').filter((row) => row['CustomerID'] === customerId);
  return new Set(own.map((row) => row['ID'] as number));
}

interface CallRecord {
  readonly arrival: Arrival;
  readonly body: string;
  readonly finish: Finish;
  readonly isClientGone: boolean;
}

function record(world: World, { arrival, body, finish, isClientGone }: CallRecord): void {
  const { head, segments, session } = arrival;
  const holdsToken = head.target.path.toLowerCase().includes('authentication');
  recordCall(world.history, {
    at: arrival.at,
    durationMs: Math.round((world.time.elapsedMs() - arrival.startedAtMs) * 100) / 100,
    method: head.method,
    path: segments.join('/'),
    route: routePattern(arrival.route),
    query: head.target.query,
    customerId: arrival.customerId,
    session: session?.tokenHash ?? null,
    contentType: headerOf(head, 'content-type') ?? null,
    body,
    status: finish.reply?.status ?? null,
    responseBody: holdsToken ? null : (finish.reply?.body ?? null),
    outcome: isClientGone && finish.outcome !== 'maintenance' ? 'client-gone' : finish.outcome,
    applied: finish.applied,
    ruleId: finish.ruleId,
    windowCount: arrival.admission.windowCount,
  });
}
