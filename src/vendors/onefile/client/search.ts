import type { JsonObject } from '../../../core/json.ts';
import { type Route, routes, type SearchResource } from '../wire/routes.ts';
import { idOf, isRow, type Row } from '../wire/values.ts';
import type { Account, Api, ApiFailure } from './api.ts';
import { toRows } from './read-body.ts';

export type FoundRow = { readonly id: string; readonly row: Row };

/** What is searched and how a row is judged. */
export type Search = {
  readonly resource: SearchResource;
  /** Rows asked for; a vendor that gives fewer a page must be known to (O6). */
  readonly pageSize: number;
  readonly filter: JsonObject;
  /** A filter is a hint: each row is checked against it before it is used (O9). */
  readonly isWanted: (row: Row) => boolean;
  /** False for a thin row that shows already that it is not wanted: it need not be read by id. */
  readonly mayBeWanted?: (row: Row) => boolean;
  /** False for a thin row, which is then read by id (O7). Null = rows of this kind are never thin. */
  readonly isFull: ((row: Row) => boolean) | null;
  readonly byId: ((id: string) => Route) | null;
};

export type SearchPage = {
  readonly kind: 'rows';
  readonly rows: readonly FoundRow[];
  readonly isLast: boolean;
  /** Ids on this page, wanted or not: a page that brings no new one is the last. */
  readonly ids: readonly string[];
  readonly sentAtMs: number;
  readonly serverTimeMs: number | null;
};

/** No list is that long: a vendor that never ends its pages must not hold us for ever. */
const mostPages = 10_000;

/** One page, ids that were seen before left out (O5). Rows come in no order, and paging may repeat them. */
export async function searchPage(
  api: Api,
  search: Search,
  { page, seen, account }: { page: number; seen: ReadonlySet<string>; account: Account },
): Promise<SearchPage | ApiFailure> {
  const answer = await api.call(
    routes.searchPage(search.resource, page, search.pageSize),
    search.filter,
    account,
  );
  if (answer.kind !== 'ok') return answer;
  const all = toRows(answer.body);
  if (all === null) return { kind: 'unknown', detail: 'UNREADABLE' };
  const found = new Map<string, Row>();
  for (const row of all) {
    const id = idOf(row, 'ID');
    if (id !== null && !seen.has(id)) found.set(id, row);
  }
  const rows: FoundRow[] = [];
  for (const [id, row] of found) {
    const full = await readFull(api, search, { id, row, account });
    if (full.kind !== 'row') return full;
    if (full.row !== null && search.isWanted(full.row)) rows.push({ id, row: full.row });
  }
  return {
    kind: 'rows',
    rows,
    ids: [...found.keys()],
    isLast: all.length < search.pageSize || found.size === 0 || page >= mostPages,
    sentAtMs: answer.sentAtMs,
    serverTimeMs: answer.serverTimeMs,
  };
}

/** All pages. */
export async function searchAll(
  api: Api,
  search: Search,
  account: Account,
): Promise<Omit<SearchPage, 'ids' | 'isLast'> | ApiFailure> {
  const seen = new Set<string>();
  const rows: FoundRow[] = [];
  let first: SearchPage | null = null;
  for (let page = 1; ; page += 1) {
    const found = await searchPage(api, search, { page, seen, account });
    if (found.kind !== 'rows') return found;
    first ??= found;
    rows.push(...found.rows);
    for (const id of found.ids) seen.add(id);
    if (found.isLast) return { ...first, rows };
  }
}

async function readFull(
  api: Api,
  { isFull, byId, mayBeWanted }: Search,
  { id, row, account }: FoundRow & { readonly account: Account },
): Promise<{ kind: 'row'; row: Row | null } | ApiFailure> {
  if (isFull === null || byId === null || isFull(row)) return { kind: 'row', row };
  if (mayBeWanted?.(row) === false) return { kind: 'row', row: null };
  const read = await readById(api, byId(id), account);
  return read.kind === 'record'
    ? { kind: 'row', row: read.row }
    : read.kind === 'missing'
      ? { kind: 'row', row: null }
      : read;
}

export type ReadRecord =
  | { readonly kind: 'record'; readonly row: Row; readonly sentAtMs: number }
  | { readonly kind: 'missing' }
  | ApiFailure;

/** One record by id. That it is not there is said by 404, by 400 or by an empty answer (G5). */
export async function readById(api: Api, route: Route, account: Account): Promise<ReadRecord> {
  const answer = await api.call(route, null, account);
  if (answer.kind === 'rejected' && (answer.status === 404 || answer.status === 400))
    return { kind: 'missing' };
  if (answer.kind !== 'ok') return answer;
  if (answer.body.kind === 'nothing') return { kind: 'missing' };
  if (answer.body.kind !== 'json' || !isRow(answer.body.value))
    return { kind: 'unknown', detail: 'UNREADABLE' };
  return { kind: 'record', row: answer.body.value, sentAtMs: answer.sentAtMs };
}
