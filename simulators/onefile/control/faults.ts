/*
 * The part of the control door that makes OneFile misbehave: scripted rules, the rate limit, sessions,
 * maintenance. Each body is checked against its shape before anything is set; an unknown name is a fault, so that
 * a typo in a test does not pass for a rule.
 */

import { type MaintenanceWindow, parseMinuteOfDay } from '../limits.ts';
import type { RuleMatch, ScriptedAction, ScriptedRule } from '../scripted-rules.ts';
import { toIso } from '../state/row.ts';
import { parseDateMs } from '../wire.ts';
import type { World } from '../world.ts';
import {
  badInput,
  type DoorReply,
  type DoorRoutes,
  done,
  explainBody,
  type FieldType,
  type Knock,
  unknown,
} from './door.ts';

type Fields = Readonly<Record<string, unknown>>;
type Reading<T> = { kind: 'read'; value: T } | { kind: 'faulty'; error: string };

const read = <T>(value: T): Reading<T> => ({ kind: 'read', value });
const faulty = (error: string): Reading<never> => ({ kind: 'faulty', error });

const isWhole = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

function readHeaders(value: unknown): Record<string, string> | null {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value as Fields);
  const isPlain = entries.every(([, text]) => typeof text === 'string' || typeof text === 'number');
  return isPlain ? Object.fromEntries(entries.map(([name, text]) => [name, String(text)])) : null;
}

function readAnswer(type: 'answer' | 'apply-then-answer', fields: Fields): Reading<ScriptedAction> {
  const fault = explainBody(Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'body')), {
    type: 'text',
    status: 'whole',
    headers: 'object',
  });
  if (fault !== null) return faulty(`action: ${fault}`);
  const { status, body } = fields;
  if (!isWhole(status) || status < 200 || status > 599) return faulty('action.status must be 200 to 599');
  const headers = readHeaders(fields['headers']);
  if (headers === null) return faulty('action.headers must be an object of texts');
  if (body === undefined || body === null) return read({ type, status, headers, body: null });
  const isText = typeof body === 'string';
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  const fallback = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  return read({
    type,
    status,
    headers: hasType ? headers : { ...headers, 'Content-Type': fallback },
    body: isText ? body : JSON.stringify(body),
  });
}

function readAction(value: unknown): Reading<ScriptedAction | null> {
  if (value === undefined || value === null) return read(null);
  if (typeof value !== 'object' || Array.isArray(value)) return faulty('action must be an object');
  const fields = value as Fields;
  const { type } = fields;
  switch (type) {
    case 'answer':
    case 'apply-then-answer':
      return readAnswer(type, fields);
    case 'drop':
    case 'apply-then-drop': {
      const fault = explainBody(fields, { type: 'text' });
      return fault === null ? read({ type }) : faulty(`action: ${fault}`);
    }
    case 'slow-body': {
      const fault = explainBody(fields, { type: 'text', totalMs: 'whole', stallAfterBytes: 'wholeOrNull' });
      const { totalMs, stallAfterBytes = null } = fields;
      if (fault !== null || !isWhole(totalMs)) return faulty(`action: ${fault ?? 'totalMs must be whole'}`);
      return read({ type, totalMs, stallAfterBytes: stallAfterBytes as number | null });
    }
    case 'truncate': {
      const fault = explainBody(fields, { type: 'text', bytes: 'whole' });
      const { bytes } = fields;
      return fault === null && isWhole(bytes)
        ? read({ type, bytes })
        : faulty(`action: ${fault ?? 'bytes must be whole'}`);
    }
    default:
      return faulty('action.type is unknown');
  }
}

function readMatch(value: unknown): Reading<RuleMatch> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return faulty('match must be an object');
  const fields = value as Fields;
  const fault = explainBody(fields, { method: 'text', path: 'text', bodyIncludes: 'text' });
  if (fault !== null) return faulty(`match: ${fault}`);
  const { method = null, path = null, bodyIncludes = null } = fields as Record<string, string | undefined>;
  // An exact path may be given with the base URL's path or without.
  const plainPath = path === null ? null : path.replace(/^\/?api\/v2\.1\//i, '');
  return read({ method: method?.toUpperCase() ?? null, path: plainPath, bodyIncludes });
}

function addRule({ world, body }: Knock): DoorReply {
  const fault = explainBody(body, {
    match: 'object',
    skip: 'whole',
    times: 'wholeOrNull',
    delayMs: 'whole',
    action: 'object',
  });
  if (fault !== null) return badInput(fault);
  const match = readMatch(body['match']);
  if (match.kind === 'faulty') return badInput(match.error);
  const action = readAction(body['action']);
  if (action.kind === 'faulty') return badInput(action.error);
  const {
    skip = 0,
    times = 1,
    delayMs = 0,
  } = body as { skip?: number; times?: number | null; delayMs?: number };
  if (times === 0) return badInput('times must be at least 1, or null');
  const rule = { match: match.value, delayMs, action: action.value, skipsLeft: skip, timesLeft: times };
  return done({ id: world.rules.add(rule).id }, 201);
}

const showRule = ({ id, match, delayMs, action, skipsLeft, timesLeft }: ScriptedRule): object => ({
  id,
  match,
  skip: skipsLeft,
  hitsLeft: timesLeft,
  delayMs,
  action,
});

export function addRuleRoutes(routes: DoorRoutes): void {
  routes.add('POST', 'rules', addRule);
  routes.add('GET', 'rules', ({ world }) => done(world.rules.list().map(showRule)));
  routes.add('DELETE', 'rules', ({ world }) => {
    world.rules.clear();
    return done({ ok: true });
  });
  routes.add('DELETE', 'rules/{id}', ({ world, parameters: [id] }) =>
    world.rules.remove(Number(id)) ? done({ ok: true }) : unknown('Rule'),
  );
}

const customerIds = (world: World): number[] => world.store.ids('customers') as number[];

/** The customer a body names (null for all), or why not. */
function readCustomer(knock: Knock, shape: Record<string, FieldType>): { id: number | null } | DoorReply {
  const fault = explainBody(knock.body, { ...shape, customerId: 'whole' });
  if (fault !== null) return badInput(fault);
  const id = (knock.body['customerId'] as number | undefined) ?? null;
  return id !== null && !customerIds(knock.world).includes(id) ? unknown('Customer') : { id };
}

const showRate = ({ rate, clock, switches }: World): DoorReply => done(rate.list(clock.nowMs(), switches));

function exhaust(knock: Knock): DoorReply {
  const { world } = knock;
  const customer = readCustomer(knock, {});
  if ('status' in customer) return customer;
  world.rate.exhaust(customer.id, customerIds(world), world.clock.nowMs(), world.switches);
  return showRate(world);
}

function forceWindow(knock: Knock): DoorReply {
  const { world, body } = knock;
  const customer = readCustomer(knock, { seconds: 'number' });
  if ('status' in customer) return customer;
  const seconds = body['seconds'];
  if (typeof seconds !== 'number' || seconds <= 0) return badInput('seconds must be more than 0');
  const untilMs = world.clock.nowMs() + seconds * 1000;
  world.rate.forceUntil(customer.id, untilMs);
  return done({ until: toIso(untilMs) });
}

function listSessions({ world }: Knock): DoorReply {
  return done(
    world.sessions.list().map((session) => ({
      token: session.tokenHash,
      customerId: session.customerId,
      issued: toIso(session.issuedAtMs),
      expires: toIso(session.expiresAtMs),
      uses: session.useCount,
      ended: session.endedAtMs === null ? null : toIso(session.endedAtMs),
    })),
  );
}

function expireSessions(knock: Knock): DoorReply {
  const customer = readCustomer(knock, {});
  if ('status' in customer) return customer;
  return done({ ended: knock.world.sessions.end(customer.id, knock.world.clock.nowMs()) });
}

function readDaily(value: unknown): MaintenanceWindow | null {
  if (typeof value !== 'object' || value === null) return null;
  const { from, to } = value as Record<string, unknown>;
  const fromMinute = parseMinuteOfDay(from);
  const toMinute = parseMinuteOfDay(to);
  return fromMinute === null || toMinute === null ? null : { kind: 'daily', fromMinute, toMinute };
}

function readWindow(body: Knock['body'], nowMs: number): MaintenanceWindow | string {
  const fault = explainBody(body, { seconds: 'number', from: 'text', to: 'text', daily: 'object' });
  if (fault !== null) return fault;
  const { seconds, from, to, daily } = body;
  if (daily !== undefined) return readDaily(daily) ?? 'daily needs from and to as HH:mm';
  if (typeof seconds === 'number') {
    return seconds > 0
      ? { kind: 'period', fromMs: nowMs, toMs: nowMs + seconds * 1000 }
      : 'seconds must be more than 0';
  }
  const fromMs = parseDateMs(String(from));
  const toMs = parseDateMs(String(to));
  if (fromMs === null || toMs === null) return 'give seconds, or from and to, or daily';
  return fromMs < toMs ? { kind: 'period', fromMs, toMs } : 'to must be later than from';
}

function startMaintenance({ world, body }: Knock): DoorReply {
  const window = readWindow(body, world.clock.nowMs());
  if (typeof window === 'string') return badInput(window);
  world.maintenance = window;
  return done({ ok: true });
}

export function addLimitRoutes(routes: DoorRoutes): void {
  routes.add('GET', 'rate', ({ world }) => showRate(world));
  routes.add('POST', 'rate/exhaust', exhaust);
  routes.add('POST', 'rate/window', forceWindow);
  routes.add('DELETE', 'rate/window', ({ world }) => {
    world.rate.endForced();
    return done({ ok: true });
  });
  routes.add('GET', 'sessions', listSessions);
  routes.add('POST', 'sessions/expire', expireSessions);
  routes.add('POST', 'maintenance', startMaintenance);
  routes.add('DELETE', 'maintenance', ({ world }) => {
    world.maintenance = null;
    return done({ ok: true });
  });
}
