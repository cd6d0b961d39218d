/*
 * Search in both forms, all at once and by page. A search is a kind with its filters. Each filter that the body
 * names becomes a test; a filter with an index chooses the rows to start from. What passes all tests and is
 * visible to the customer is ordered, cut to the page, and written in the form that the switches ask for.
 */

import { parseDateMs, toIso } from '../../common/instant.ts';
import { hashText } from '../../common/random.ts';
import type { Reply } from '../../common/server.ts';
import { badRequest, jsonReply, jsonTextReply, NO_CONTENT } from '../http/reply.ts';
import { idOf, type PropertyType, type Row, type Value } from '../state/row.ts';
import { type Kind, TABLES } from '../state/tables.ts';
import type { SwitchValues } from '../switches.ts';
import { fromWireAimStatus, isBlank, parsePeriodEndMs, type RowForm, rowText, toWireTitle } from '../wire.ts';
import {
  type Call,
  type Check,
  fine,
  isVisible,
  parameterId,
  readSearchScope,
  readValue,
  refused,
} from './call.ts';

export type Test = (row: Row) => boolean;

export interface Search {
  readonly kind: Kind;
  readonly filters: readonly Filter[];
  /** Filters that need more than one property of the body. */
  readonly readExtra?: (call: Call) => Check<readonly Test[]>;
  readonly isListed?: (call: Call, row: Row) => boolean;
}

interface Plan {
  readonly tests: readonly Test[];
  readonly start: { readonly name: string; readonly value: Row[string] } | null;
}

function planSearch(call: Call, search: Search): Check<Plan> {
  const tests: Test[] = [];
  let start: Plan['start'] = null;
  for (const filter of search.filters) {
    const given = call.input.get(filter.name.toLowerCase());
    if (isBlank(given)) continue;
    const read = readValue(call, filter.name, filter.type);
    if (read.kind === 'refused') return read;
    const test = filter.prepare(read.value, call.switches);
    if (test === null) continue;
    tests.push(test);
    const isIndexed = filter.index !== undefined && TABLES[search.kind].indexed.includes(filter.index);
    if (isIndexed) start ??= { name: filter.index as string, value: read.value };
  }
  const extra = search.readExtra?.(call) ?? fine([]);
  return extra.kind === 'refused' ? extra : fine({ tests: [...tests, ...extra.value], start });
}

function orderRows(call: Call, rows: Row[]): Row[] {
  switch (call.switches['result-order']) {
    case 'id-asc':
      return rows;
    case 'id-desc':
      return rows.reverse();
    case 'shuffled': {
      // Stable from call to call, as an index without an order is: paging over unchanged data stays complete.
      const place = (row: Row): number => hashText(`${call.world.options.seed}/order/${idOf(row)}`);
      return rows.sort((a, b) => place(a) - place(b));
    }
  }
}

function findRows(call: Call, search: Search): Check<Row[]> {
  const scope = readSearchScope(call);
  if (scope.kind === 'refused') return scope;
  const plan = planSearch(call, search);
  if (plan.kind === 'refused') return plan;
  const { tests, start } = plan.value;
  const { store } = call.world;
  const candidates =
    start === null ? store.list(search.kind) : store.listBy(search.kind, start.name, start.value);
  const rows = candidates.filter(
    (row) =>
      tests.every((test) => test(row)) &&
      (search.isListed?.(call, row) ?? true) &&
      isVisible(call, search.kind, row, scope.value),
  );
  return fine(orderRows(call, rows));
}

const emptyReply = (choice: '204' | '200-empty-array'): Reply =>
  choice === '204' ? NO_CONTENT : jsonReply(200, []);

/** A list of rows, each as JSON. */
export function listReply(call: Call, rows: readonly string[]): Reply {
  return rows.length === 0
    ? emptyReply(call.switches['no-match'])
    : jsonTextReply(200, `[${rows.join(',')}]`);
}

export function rowTexts(call: Call, kind: Kind, rows: readonly Row[], form: RowForm): string[] {
  const look = { form, switches: call.switches };
  return rows.map((row) => rowText(TABLES[kind], row, look));
}

/** All matches in one answer. */
export function searchAll(search: Search): (call: Call) => Reply {
  return (call) => {
    const found = findRows(call, search);
    if (found.kind === 'refused') return found.reply;
    return listReply(call, rowTexts(call, search.kind, found.value, call.switches['unpaged-rows']));
  };
}

/** How pages are counted, and how many rows of each are given. */
interface PageSize {
  readonly counted: number;
  readonly given: number;
}

function readPageSize(call: Call): Check<PageSize> {
  const size = parameterId(call, 1);
  const { 'page-size-max': most, 'page-size-over': over } = call.switches;
  if (size < 1) return refused(badRequest(call.switches, 'Page size must be at least 1'));
  if (size <= most) return fine({ counted: size, given: size });
  return over === '400'
    ? refused(badRequest(call.switches, `Page size must be at most ${most}`))
    : fine({ counted: over === 'cap' ? most : size, given: most });
}

/** One page; pages count from 1. */
export function searchPage(search: Search): (call: Call) => Reply {
  return (call) => {
    const found = findRows(call, search);
    if (found.kind === 'refused') return found.reply;
    const page = parameterId(call, 0);
    if (page < 1) return badRequest(call.switches, 'Page must be at least 1');
    const size = readPageSize(call);
    if (size.kind === 'refused') return size.reply;
    const rows = found.value;
    if (rows.length === 0) return emptyReply(call.switches['no-match']);
    const { counted, given } = size.value;
    const pageCount = Math.ceil(rows.length / counted);
    const pastEnd = call.switches['page-past-end'];
    if (page > pageCount && pastEnd !== 'repeat-last') return emptyReply(pastEnd);
    const first = (Math.min(page, pageCount) - 1) * counted;
    const onPage = rows.slice(first, first + given);
    return listReply(call, rowTexts(call, search.kind, onPage, call.switches['paged-rows']));
  };
}

/** One filter of a search. A null from `prepare` means that the filter does nothing. */
interface Filter {
  readonly name: string;
  readonly type: PropertyType;
  /** Look-up to start from, where the store keeps one. */
  readonly index?: string;
  readonly prepare: (value: Value, switches: SwitchValues) => ((row: Row) => boolean) | null;
}

export const equals = (name: string, property = name, type: PropertyType = 'int'): Filter => ({
  name,
  type,
  index: property,
  prepare: (value) => (row) => row[property] === value,
});

function compareNames(
  switches: SwitchValues,
  wanted: string,
  read: (row: Row) => Value | undefined,
): ((row: Row) => boolean) | null {
  const text = wanted.toLowerCase();
  const lower = (row: Row): string => String(read(row) ?? '').toLowerCase();
  switch (switches['name-filter']) {
    case 'exact-ci':
      return (row) => lower(row) === text;
    case 'prefix-ci':
      return (row) => lower(row).startsWith(text);
    case 'contains-ci':
      return (row) => lower(row).includes(text);
    case 'ignored':
      return null;
  }
}

export const names = (name: string): Filter => ({
  name,
  type: 'text',
  prepare: (value, switches) => compareNames(switches, String(value), (row) => row[name]),
});

export const titles = (kind: Kind): Filter => ({
  name: 'Title',
  type: 'text',
  prepare: (value, switches) =>
    compareNames(switches, String(value), (row) =>
      kind === 'standards' ? toWireTitle(row, switches) : row['Title'],
    ),
});

export const exactText = (name: string): Filter => ({
  name,
  type: 'text',
  prepare: (value) => (row) => String(row[name] ?? '').toLowerCase() === String(value).toLowerCase(),
});

/** A filter for users; other kinds know it by a switch only. */
export const misId = (kind: Kind): Filter => ({
  name: 'MISID',
  type: 'text',
  index: 'MISID',
  prepare: (value, switches) => {
    const mode = switches['misid-filter'];
    const isUsed = mode === 'all' || (mode === 'users' && kind === 'users');
    return isUsed ? (row) => row['MISID'] === value : null;
  },
});

const toSecond = (iso: string): string => iso.slice(0, 19);

/** Changed since, inclusive, in whole seconds. */
export const changedSince = (name: string): Filter => ({
  name,
  type: 'date',
  prepare: (value) => (row) => row[name] === null || toSecond(String(row[name])) >= toSecond(String(value)),
});

/** 0 not achieved, 1 achieved (see the period), 2 withdrawn. */
export const completionStatus: Filter = {
  name: 'LearningAimCompletionStatus',
  type: 'int',
  prepare: (value) => {
    if (value === 1) return (row) => row['AchievedDate'] !== null;
    if (value === 2) return (row) => row['Status'] === 2;
    return (row) => row['AchievedDate'] === null && row['Status'] !== 2;
  },
};

export const aimStatus: Filter = {
  name: 'Status',
  type: 'int',
  prepare: (value, switches) => (row) => row['Status'] === fromWireAimStatus(Number(value), switches),
};

/** Equality with what the row shows. */
export const reviewStatus: Filter = {
  name: 'Status',
  type: 'int',
  prepare: (value, switches) =>
    switches['review-status'] === 'fixed-1' ? () => value === 1 : (row) => row['Status'] === value,
};

interface Period {
  readonly from: string | null;
  readonly to: string | null;
}

function readPeriodEdge(
  call: Call,
  name: string,
  parse: (text: string) => number | null,
): Check<string | null> {
  const given = call.input.get(name.toLowerCase());
  if (isBlank(given)) return fine(null);
  const atMs = typeof given === 'string' ? parse(given) : null;
  return atMs === null
    ? refused(badRequest(call.switches, `${name} is not a valid date`))
    : fine(toIso(atMs));
}

/** `DateFrom` and `DateTo` of a filter. */
export function readPeriod(call: Call): Check<Period> {
  const from = readPeriodEdge(call, 'DateFrom', parseDateMs);
  if (from.kind === 'refused') return from;
  const to = readPeriodEdge(call, 'DateTo', parsePeriodEndMs);
  return to.kind === 'refused' ? to : fine({ from: from.value, to: to.value });
}

export function isWithin(value: Value | undefined, { from, to }: Period): boolean {
  if (typeof value !== 'string') return false;
  return (from === null || value >= from) && (to === null || value <= to);
}
