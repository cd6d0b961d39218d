/*
 * What every control door has: the clock, scripted rules, and the entries of a history from a number on. A rule is
 * checked as a whole before it is added. Faults that only one vendor has are read by a function of that simulator.
 */

import type { Clock } from './clock.ts';
import {
  badInput,
  type DoorReply,
  type DoorRoutes,
  done,
  explainBody,
  type FieldType,
  faulty,
  type Knock,
  type Reading,
  read,
  unknown,
} from './door.ts';
import { parseDateMs } from './instant.ts';
import type { RuleMatch, ScriptedRule, ScriptedRules, WireFault } from './scripted-rules.ts';

type Fields = Readonly<Record<string, unknown>>;

const showClock = ({ clock }: { clock: Clock }): DoorReply => done({ mode: clock.mode, now: clock.nowIso() });

function setClock({ world, body }: Knock<{ clock: Clock }>): DoorReply {
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

export function addClockRoutes<World extends { clock: Clock }>(routes: DoorRoutes<World>): void {
  routes.add('GET', 'clock', ({ world }) => showClock(world));
  routes.add('POST', 'clock', setClock);
}

/** A whole number of the query; null when it is not given. */
export function readWhole(query: URLSearchParams, name: string): Reading<number | null> {
  const text = query.get(name);
  if (text === null || text === '') return read(null);
  return /^\d+$/.test(text) ? read(Number(text)) : faulty(`${name} must be a whole number`);
}

/** Entries are numbered from 1 without gaps, so those after `since` are a slice. */
export const after = <T>(entries: readonly T[], since: number | null): T[] => entries.slice(since ?? 0);

const isWhole = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

function readHeaders(value: unknown): Record<string, string> | null {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value as Fields);
  const isPlain = entries.every(([, text]) => typeof text === 'string' || typeof text === 'number');
  return isPlain ? Object.fromEntries(entries.map(([name, text]) => [name, String(text)])) : null;
}

function readAnswer(type: 'answer' | 'apply-then-answer', fields: Fields): Reading<WireFault> {
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

/** A fault on the wire, or null when the type is none of these. */
function readWireFault(fields: Fields): Reading<WireFault> | null {
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
    case 'hang':
    case 'apply-then-hang': {
      const fault = explainBody(fields, { type: 'text', holdMs: 'whole' });
      const { holdMs } = fields;
      return fault === null && isWhole(holdMs)
        ? read({ type, holdMs })
        : faulty(`action: ${fault ?? 'holdMs must be whole'}`);
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
      return null;
  }
}

/** What a simulator says of the rules its door takes. */
interface RuleReader<Action> {
  /** Conditions beside method, path and bodyIncludes. */
  readonly conditions: Readonly<Record<string, FieldType>>;
  /** What is wrong with those conditions, or null. */
  readonly explainMatch?: (match: Fields) => string | null;
  /** An exact path may be given with the path of the base URL or without. */
  readonly base: RegExp;
  /** Faults of this vendor alone; null when the type is unknown. */
  readonly readFault: (fields: Fields) => Reading<Action> | null;
}

function readAction<Action>(value: unknown, reader: RuleReader<Action>): Reading<Action | WireFault | null> {
  if (value === undefined || value === null) return read(null);
  if (typeof value !== 'object' || Array.isArray(value)) return faulty('action must be an object');
  const fields = value as Fields;
  return reader.readFault(fields) ?? readWireFault(fields) ?? faulty('action.type is unknown');
}

function readMatch<Action>(value: unknown, reader: RuleReader<Action>): Reading<RuleMatch> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return faulty('match must be an object');
  const fields = value as Fields;
  const shape = { ...reader.conditions, method: 'text', path: 'text', bodyIncludes: 'text' } as const;
  const fault = explainBody(fields, shape) ?? reader.explainMatch?.(fields) ?? null;
  if (fault !== null) return faulty(`match: ${fault}`);
  const { method, path, bodyIncludes = null, ...rest } = fields as Record<string, string | null | undefined>;
  return read({
    ...rest,
    method: method?.toUpperCase() ?? null,
    path: path?.replace(reader.base, '') ?? null,
    bodyIncludes,
  });
}

const showRule = ({ id, match, delayMs, action, skipsLeft, timesLeft }: ScriptedRule<unknown>): object => ({
  id,
  match,
  skip: skipsLeft,
  hitsLeft: timesLeft,
  delayMs,
  action,
});

export function addRuleRoutes<Action, World extends { rules: ScriptedRules<Action | WireFault> }>(
  routes: DoorRoutes<World>,
  reader: RuleReader<Action>,
): void {
  routes.add('POST', 'rules', ({ world, body }) => {
    const fault = explainBody(body, {
      match: 'object',
      skip: 'whole',
      times: 'wholeOrNull',
      delayMs: 'whole',
      action: 'object',
    });
    if (fault !== null) return badInput(fault);
    const match = readMatch(body['match'], reader);
    if (match.kind === 'faulty') return badInput(match.error);
    const action = readAction(body['action'], reader);
    if (action.kind === 'faulty') return badInput(action.error);
    const {
      skip = 0,
      times = 1,
      delayMs = 0,
    } = body as { skip?: number; times?: number | null; delayMs?: number };
    if (times === 0) return badInput('times must be at least 1, or null');
    const rule = { match: match.value, delayMs, action: action.value, skipsLeft: skip, timesLeft: times };
    return done({ id: world.rules.add(rule).id }, 201);
  });
  routes.add('GET', 'rules', ({ world }) => done(world.rules.list().map(showRule)));
  routes.add('DELETE', 'rules', ({ world }) => {
    world.rules.clear();
    return done({ ok: true });
  });
  routes.add('DELETE', 'rules/{id}', ({ world, parameters: [id] }) =>
    world.rules.remove(Number(id)) ? done({ ok: true }) : unknown('Rule'),
  );
}
