/* The part of the control door that turns calls away: the rate limit, sessions, maintenance. */

import { badInput, type DoorReply, done, explainBody, type FieldType, unknown } from '../../common/door.ts';
import { parseDateMs, toIso } from '../../common/instant.ts';
import { type MaintenanceWindow, parseMinuteOfDay } from '../limits.ts';
import type { World } from '../world.ts';
import type { DoorRoutes, Knock } from './door.ts';

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
