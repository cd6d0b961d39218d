import type { RuleMatch, ScriptedAction, ScriptedRule } from '../scripted-rules.ts';
import { badInput, type DoorReply, type DoorRoutes, done, explainBody, type Knock, unknown } from './door.ts';

type Fields = Readonly<Record<string, unknown>>;
type Read<T> = { kind: 'read'; value: T } | { kind: 'faulty'; error: string };

const read = <T>(value: T): Read<T> => ({ kind: 'read', value });
const faulty = (error: string): Read<never> => ({ kind: 'faulty', error });

const isWhole = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

function readHeaders(value: unknown): Record<string, string> | null {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value as Fields);
  const isPlain = entries.every(([, text]) => typeof text === 'string' || typeof text === 'number');
  return isPlain ? Object.fromEntries(entries.map(([name, text]) => [name, String(text)])) : null;
}

function readAnswer(type: 'answer' | 'apply-then-answer', fields: Fields): Read<ScriptedAction> {
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

function readAction(value: unknown): Read<ScriptedAction | null> {
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

function readMatch(value: unknown): Read<RuleMatch> {
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
