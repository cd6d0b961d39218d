import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from './history.ts';
import { EMPTY_INPUT, type Input, parseBody, readBody } from './http/body.ts';
import { badRequest, errorReply, forbidden, notFound, type Reply, switchedReply } from './http/reply.ts';
import { type RouteResult, type Target, toSegments } from './http/routing.ts';
import { type Admission, isInMaintenance } from './limits.ts';
import type { Call } from './resources/call.ts';
import { API_ROUTES, type Handler, isUnproven } from './resources/routes.ts';
import { carryOutDeletions } from './resources/users.ts';
import type { ScriptedAction, ScriptedRule } from './scripted-rules.ts';
import type { Session } from './sessions.ts';
import { cutSocket, sendReply, sendSlowly, sendTruncated } from './simulator.ts';
import { idOf } from './state/row.ts';
import type { World } from './world.ts';

/** What is known of a call once its head has been read. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly target: Target;
  readonly route: RouteResult<Handler>;
  readonly session: Session | undefined;
  readonly customerId: number | null;
  readonly isClosed: boolean;
  readonly admission: Admission;
  readonly startedAtMs: number;
  readonly at: string;
}

interface Finish {
  readonly reply: Reply | null;
  readonly outcome: Outcome;
  readonly applied: boolean;
  readonly action: ScriptedAction | null;
  readonly ruleId: number | null;
}

const toHeader = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** Maintenance and the rate limit are settled on the head alone, so a call that is cut off later still counts. */
function takeIn(world: World, request: IncomingMessage, response: ServerResponse, target: Target): Arrival {
  const { clock, sessions, switches } = world;
  const method = request.method ?? 'GET';
  const segments = toSegments(target.path);
  const isAuthentication = segments.length === 1 && segments[0]?.toLowerCase() === 'authentication';
  const session = isAuthentication ? undefined : sessions.find(toHeader(request.headers['x-tokenid']));
  const customerId = isAuthentication
    ? (customerOfToken(world, toHeader(request.headers['x-customertoken'])) ?? null)
    : (session?.customerId ?? null);
  const nowMs = clock.nowMs();
  const isClosed = isInMaintenance(world.maintenance, nowMs);
  const caller = {
    customerId,
    sessionHash: session?.tokenHash ?? null,
    address: request.socket.remoteAddress ?? 'unknown',
    isAuthentication,
  };
  const admission = isClosed
    ? { isLimited: false, windowCount: 0, freeAtMs: nowMs }
    : world.rate.admit(caller, nowMs, switches);
  const route = API_ROUTES.find(method, segments);
  const startedAtMs = performance.now();
  const at = clock.nowIso();
  return {
    request,
    response,
    method,
    target,
    route,
    session,
    customerId,
    isClosed,
    admission,
    startedAtMs,
    at,
  };
}

function maintenanceReply(world: World): Reply | null {
  switch (world.switches['maintenance-answer']) {
    case '503-json':
      return errorReply(503, 'OneFile is closed for maintenance');
    case '503-html':
      return {
        status: 503,
        contentType: 'text/html; charset=utf-8',
        body: '<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>',
      };
    case 'refuse':
      return null;
  }
}

function limitedReply(world: World, admission: Admission): Reply {
  const { switches, clock } = world;
  const base =
    switches['rate-body'] === 'empty'
      ? { status: 429, contentType: null, body: '' }
      : errorReply(429, 'Rate limit exceeded');
  const waitSeconds = Math.max(1, Math.ceil((admission.freeAtMs - clock.nowMs()) / 1000));
  switch (switches['rate-retry-after']) {
    case 'none':
      return base;
    case 'seconds':
      return { ...base, headers: { 'Retry-After': String(waitSeconds) } };
    case 'http-date':
      return { ...base, headers: { 'Retry-After': new Date(admission.freeAtMs).toUTCString() } };
  }
}

const routePattern = (route: RouteResult<Handler>): string | null => {
  if (route.kind === 'found') return route.route.pattern;
  return route.kind === 'wrong-method' ? route.pattern : null;
};

/** Does the work, or what a rule wants instead. Synchronous, so a call and its place in the history are one step. */
function finish(world: World, arrival: Arrival, body: string, rule: ScriptedRule | null): Finish {
  const action = rule?.action ?? null;
  const ruleId = rule?.id ?? null;
  if (action?.type === 'drop')
    return { reply: null, outcome: 'dropped-before', applied: false, action, ruleId };
  if (action?.type === 'answer') {
    return { reply: scriptedReply(action), outcome: 'answered', applied: false, action, ruleId };
  }
  carryOutDeletions(world);
  const changesBefore = world.store.changeCount;
  world.history.attribute({ source: 'api', callSeq: world.history.nextCallSeq });
  const worked = runCall(world, arrival, body);
  const applied = world.store.changeCount > changesBefore;
  switch (action?.type) {
    case 'apply-then-answer':
      return { reply: scriptedReply(action), outcome: 'answered', applied, action, ruleId };
    case 'apply-then-drop':
      return { reply: null, outcome: 'dropped-after', applied, action, ruleId };
    case 'slow-body':
      return { reply: worked, outcome: 'slow', applied, action, ruleId };
    case 'truncate':
      return { reply: worked, outcome: 'truncated', applied, action, ruleId };
    case undefined:
      return { reply: worked, outcome: 'answered', applied, action, ruleId };
  }
}

function scriptedReply(action: Extract<ScriptedAction, { status: number }>): Reply {
  return { status: action.status, contentType: null, body: action.body ?? '', headers: action.headers };
}

function record(world: World, arrival: Arrival, body: string, finish: Finish): void {
  const { request, target, session } = arrival;
  const isGone = request.socket.destroyed;
  world.history.recordCall({
    at: arrival.at,
    durationMs: Math.round((performance.now() - arrival.startedAtMs) * 100) / 100,
    method: arrival.method,
    path: toSegments(target.path).join('/'),
    route: routePattern(arrival.route),
    query: target.query,
    customerId: arrival.customerId,
    session: session?.tokenHash ?? null,
    contentType: request.headers['content-type'] ?? null,
    body,
    status: finish.reply?.status ?? null,
    responseBody: arrival.target.path.toLowerCase().includes('authentication')
      ? null
      : (finish.reply?.body ?? null),
    outcome: isGone && finish.outcome !== 'maintenance' ? 'client-gone' : finish.outcome,
    applied: finish.applied,
    ruleId: finish.ruleId,
    windowCount: arrival.admission.windowCount,
  });
}

async function send(world: World, arrival: Arrival, { reply, action }: Finish): Promise<void> {
  const { response } = arrival;
  if (response.destroyed || response.socket === null) return;
  if (reply === null) return cutSocket(response);
  const dateHeader = new Date(world.clock.nowMs()).toUTCString();
  if (action?.type === 'slow-body') return sendSlowly(response, reply, dateHeader, action);
  if (action?.type === 'truncate') return sendTruncated(response, reply, dateHeader, action.bytes);
  sendReply(response, reply, dateHeader);
}

/** A call turned away on its head: nothing is done, no rule is used up. */
function turnAway(world: World, arrival: Arrival): Finish | null {
  const nothing = { applied: false, action: null, ruleId: null };
  if (arrival.isClosed) return { reply: maintenanceReply(world), outcome: 'maintenance', ...nothing };
  if (arrival.admission.isLimited) {
    return { reply: limitedReply(world, arrival.admission), outcome: 'limited', ...nothing };
  }
  return null;
}

/** Serves one call under the base URL, in the order: maintenance, rate limit, scripted answer, then the work. */
export async function serveApi(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  const arrival = takeIn(world, request, response, target);
  const body = await readBody(request);
  if (body === null) {
    const gone: Finish = { reply: null, outcome: 'client-gone', applied: false, action: null, ruleId: null };
    return record(world, arrival, '', gone);
  }
  const turnedAway = turnAway(world, arrival);
  const subject = { method: arrival.method, path: target.path, route: routePattern(arrival.route), body };
  const rule = turnedAway === null ? world.rules.take(subject) : null;
  const delayMs = world.switches['latency-ms'] + (rule?.delayMs ?? 0);
  if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
  const finished = turnedAway ?? finish(world, arrival, body, rule);
  record(world, arrival, body, finished);
  await send(world, arrival, finished);
}

type Reading = { kind: 'input'; input: Input } | { kind: 'refused'; reply: Reply };

/** Bodies of GET, DELETE and Authentication are ignored, whatever they hold. */
function readInput(world: World, arrival: Arrival, text: string): Reading {
  if (arrival.method !== 'POST') return { kind: 'input', input: EMPTY_INPUT };
  const body = parseBody(text, arrival.request.headers['content-type']);
  switch (body.kind) {
    case 'input':
      return body;
    case 'malformed':
      return { kind: 'refused', reply: badRequest(world.switches, body.detail) };
    case 'wrong-type':
      return { kind: 'refused', reply: errorReply(415, `Content type ${body.contentType} is not supported`) };
  }
}

function refuseSession(world: World, arrival: Arrival): Reply | null {
  const { session } = arrival;
  const isGood = session !== undefined && world.sessions.use(session, world.clock.nowMs(), world.switches);
  return isGood ? null : switchedReply(world.switches['expired-session'], 'Session token is not valid');
}

/** Routes outside the contract: unknown, or known but closed, as the switch says. */
function refuseUnproven(world: World, arrival: Arrival): Reply | null {
  if (!isUnproven(arrival.method, toSegments(arrival.target.path))) return null;
  if (world.switches['unproven-endpoints'] === '404') return notFound('Route');
  return refuseSession(world, arrival) ?? forbidden('This endpoint is not open to the customer');
}

/** The checks from the route onward, and the work itself. Nothing changes before all of them have passed. */
export function runCall(world: World, arrival: Arrival, text: string): Reply {
  const { route } = arrival;
  const unproven = refuseUnproven(world, arrival);
  if (unproven !== null) return unproven;
  if (route.kind === 'unknown') return notFound('Route');
  if (route.kind === 'wrong-method')
    return errorReply(405, `${route.pattern} does not answer to ${arrival.method}`);
  const { handler } = route.route;
  if (handler.kind === 'open') return handler.answer(world, arrival.customerId);
  const refused = refuseSession(world, arrival);
  if (refused !== null || arrival.session === undefined) return refused ?? notFound('Session');
  const reading = readInput(world, arrival, text);
  if (reading.kind === 'refused') return reading.reply;
  const { customerId } = arrival.session;
  const organisationIds = new Set(
    world.store
      .list('organisations')
      .filter((row) => row['CustomerID'] === customerId)
      .map((row) => row['ID'] as number),
  );
  const call: Call = {
    world,
    switches: world.switches,
    customerId,
    organisationIds,
    parameters: route.parameters,
    input: reading.input,
  };
  return handler.answer(call);
}

/** The customer a token was issued to. There are a handful at most. */
export function customerOfToken(world: World, token: string | undefined): number | undefined {
  if (token === undefined || token === '') return undefined;
  const customer = world.store.list('customers').find((row) => row['token'] === token);
  return customer === undefined ? undefined : (idOf(customer) as number);
}
