import { isSize, SIZES } from '../settings.ts';
import { toIso } from '../state/row.ts';
import { KINDS } from '../state/tables.ts';
import { decideSwitches, defaultSwitches } from '../switches.ts';
import { parseDateMs } from '../wire/dates.ts';
import { resetWorld, type World } from '../world.ts';
import { badInput, type DoorReply, type DoorRoutes, done, explainBody, type Knock } from './door.ts';

export const countRecords = (world: World): Record<string, number> =>
  Object.fromEntries(KINDS.map((kind) => [kind, world.store.size(kind)]));

function showHealth({ world }: Knock): DoorReply {
  return done({ ok: true, ...world.options, now: world.clock.nowIso() });
}

function reset({ world, body }: Knock): DoorReply {
  const fault = explainBody(body, { seed: 'whole', size: 'text', asOf: 'text', switches: 'object' });
  if (fault !== null) return badInput(fault);
  const { seed = world.options.seed, size = world.options.size, asOf = world.options.asOf } = body;
  if (!isSize(size)) return badInput(`size must be one of ${SIZES.join(', ')}`);
  const asOfMs = parseDateMs(asOf as string);
  if (asOfMs === null) return badInput('asOf must be a date');
  const switches = decideSwitches(defaultSwitches(), (body['switches'] ?? {}) as Record<string, unknown>);
  if (switches.kind === 'refused') return badInput(switches.error);
  resetWorld(world, { seed: seed as number, size, asOf: toIso(asOfMs) });
  world.switches = switches.values;
  return done(countRecords(world));
}

function changeSwitches({ world, body }: Knock): DoorReply {
  const change = decideSwitches(world.switches, body);
  if (change.kind === 'refused') return badInput(change.error);
  world.switches = change.values;
  return done(change.values);
}

const showClock = (world: World): DoorReply => done({ mode: world.clock.mode, now: world.clock.nowIso() });

function setClock({ world, body }: Knock): DoorReply {
  const fault = explainBody(body, { mode: 'text', now: 'text', advanceSeconds: 'number' });
  if (fault !== null) return badInput(fault);
  const { clock } = world;
  const { mode = clock.mode === 'real' && body['advanceSeconds'] !== undefined ? 'offset' : clock.mode } =
    body;
  const nowMs = body['now'] === undefined ? clock.nowMs() : parseDateMs(body['now'] as string);
  if (nowMs === null) return badInput('now must be a date');
  const atMs = nowMs + ((body['advanceSeconds'] as number | undefined) ?? 0) * 1000;
  if (mode === 'frozen') clock.freezeAt(atMs);
  else if (mode === 'offset') clock.runFrom(atMs);
  else if (mode !== 'real') return badInput('mode must be real, frozen or offset');
  else if (body['now'] !== undefined || body['advanceSeconds'] !== undefined) {
    return badInput('a real clock takes neither now nor advanceSeconds');
  } else clock.runReal();
  return showClock(world);
}

export function addStateRoutes(routes: DoorRoutes): void {
  routes.add('GET', 'health', showHealth);
  routes.add('POST', 'reset', reset);
  routes.add('GET', 'switches', ({ world }) => done(world.switches));
  routes.add('PATCH', 'switches', changeSwitches);
  routes.add('DELETE', 'switches', ({ world }) => {
    world.switches = defaultSwitches();
    return done(world.switches);
  });
  routes.add('GET', 'clock', ({ world }) => showClock(world));
  routes.add('POST', 'clock', setClock);
}
