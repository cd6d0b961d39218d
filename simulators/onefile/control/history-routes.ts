import type { CallEntry } from '../history.ts';
import { toComparablePath } from '../scripted-rules.ts';
import { badInput, type DoorReply, type DoorRoutes, done, type Knock } from './door.ts';

type Read = { kind: 'read'; value: number | null } | { kind: 'faulty' };

function readWhole(query: URLSearchParams, name: string): Read {
  const text = query.get(name);
  if (text === null || text === '') return { kind: 'read', value: null };
  return /^\d+$/.test(text) ? { kind: 'read', value: Number(text) } : { kind: 'faulty' };
}

/** Entries are numbered from 1 without gaps, so those after `since` are a slice. */
const after = <T>(entries: readonly T[], since: number | null): T[] => entries.slice(since ?? 0);

function isWanted(entry: CallEntry, query: URLSearchParams): boolean {
  const method = query.get('method');
  const route = query.get('route');
  const status = query.get('status');
  const outcome = query.get('outcome');
  if (method !== null && entry.method !== method.toUpperCase()) return false;
  if (status !== null && String(entry.status) !== status) return false;
  if (outcome !== null && entry.outcome !== outcome) return false;
  return (
    route === null || (entry.route !== null && toComparablePath(entry.route) === toComparablePath(route))
  );
}

function listCalls({ world, query }: Knock): DoorReply {
  const since = readWhole(query, 'since');
  const limit = readWhole(query, 'limit');
  if (since.kind === 'faulty') return badInput('since must be a whole number');
  if (limit.kind === 'faulty') return badInput('limit must be a whole number');
  const wanted = after(world.history.calls, since.value).filter((entry) => isWanted(entry, query));
  return done(limit.value === null ? wanted : wanted.slice(0, limit.value));
}

function countBy(entries: readonly CallEntry[], read: (entry: CallEntry) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const entry of entries) {
    const key = read(entry);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function summarise({ world, query }: Knock): DoorReply {
  const since = readWhole(query, 'since');
  if (since.kind === 'faulty') return badInput('since must be a whole number');
  const calls = after(world.history.calls, since.value);
  return done({
    calls: calls.length,
    byRoute: countBy(calls, ({ method, route }) => `${method} ${route ?? '(unknown)'}`),
    byStatus: countBy(calls, ({ status }) => String(status ?? 'none')),
    byOutcome: countBy(calls, ({ outcome }) => outcome),
  });
}

function listChanges({ world, query }: Knock): DoorReply {
  const since = readWhole(query, 'since');
  return since.kind === 'faulty'
    ? badInput('since must be a whole number')
    : done(after(world.history.changes, since.value));
}

export function addHistoryRoutes(routes: DoorRoutes): void {
  routes.add('GET', 'calls', listCalls);
  routes.add('GET', 'calls/summary', summarise);
  routes.add('GET', 'changes', listChanges);
}
