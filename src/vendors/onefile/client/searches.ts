import type { JsonObject } from '../../../domain/json.ts';
import { isSameName } from '../../common/values.ts';
import { assessorRoles, type Names, type Route, routes, type SearchResource } from '../wire/names.ts';
import {
  idOf,
  instantOf,
  integerOf,
  isRow,
  isUnreadable,
  type Row,
  textOf,
  toInstant,
} from '../wire/values.ts';
import { toRows } from './answers.ts';
import type { Account, Api, ApiFailure } from './api.ts';

export type FoundRow = { readonly id: string; readonly row: Row };

/** A search: its resource, its filter, and how its rows are checked. */
export type Search = {
  readonly resource: SearchResource;
  /** Rows requested per page (O6). */
  readonly pageSize: number;
  /** A first page with fewer rows is certainly complete, so that no second one is asked for (D-21). */
  readonly certainRows?: number;
  readonly filter: JsonObject;
  /** Its callers look again by themselves before they act on a record that is not there. */
  readonly isAskedAgain?: boolean;
  /** OneFile's filters are only hints: each row is checked before it is used (O9). */
  readonly isWanted: (row: Row) => boolean;
  /** False for a thin row that is certainly not wanted, so that it is not read by id. */
  readonly mayBeWanted?: (row: Row) => boolean;
  /** False for a thin row, which is then read by id (O7). Null = rows of this resource are never thin. */
  readonly isFull: ((row: Row) => boolean) | null;
  readonly byId: ((id: string) => Route) | null;
};

/** Where a reading goes on: the page, counted from 1, and the rows asked for on it. */
type PagePlace = { readonly page: number; readonly size: number };

type SearchPage = {
  readonly kind: 'rows';
  readonly rows: readonly FoundRow[];
  /** Null = this page was the last one. */
  readonly next: PagePlace | null;
  /** All new ids on this page, wanted or not. */
  readonly ids: readonly string[];
  /** New ids stand beside ids of earlier pages: the list moved while it was read, and rows may be missing. */
  readonly hasMoved: boolean;
  readonly sentAtMs: number;
  readonly serverTimeMs: number | null;
};

/** A limit beyond any real list, in case OneFile never ends its pages. */
const mostPages = 10_000;

export function firstPlace({ pageSize }: Search): PagePlace {
  return { page: 1, size: pageSize };
}

/**
 * Reads one page of a search.
 *
 * Rows come in no order, and paging may repeat them, so ids in `seen` are left out (O5). A thin row is read
 * by id unless it is certainly not wanted (O7). Each full row is then checked (O9).
 */
export async function searchPage(
  api: Api,
  search: Search,
  { place, seen, account }: { place: PagePlace; seen: ReadonlySet<string>; account: Account },
): Promise<SearchPage | ApiFailure> {
  if (place.page > mostPages) return { kind: 'unknown', detail: 'NO_END' };
  const route = routes.searchPage(search.resource, place.page, place.size);
  const answer = await api.call(route, search.filter, account);
  if (answer.kind !== 'ok') return answer;
  const all = toRows(answer);
  if (all === null) return { kind: 'unknown', detail: 'UNREADABLE' };
  const found = new Map<string, Row>();
  let repeatedCount = 0;
  for (const row of all) {
    const id = idOf(row, 'ID');
    if (id === null) continue;
    if (seen.has(id)) repeatedCount += 1;
    else found.set(id, row);
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
    next: found.size === 0 ? null : decideNextPlace(search, place, all.length),
    hasMoved: found.size > 0 && repeatedCount > 0,
    sentAtMs: answer.sentAtMs,
    serverTimeMs: answer.serverTimeMs,
  };
}

/**
 * D-21: decides whether a page that is shorter than asked ends the list.
 *
 * It does if an earlier page of this reading was as long as asked, which shows that OneFile does not cap pages
 * at this size. A short first page may be all there is, or all that OneFile gives at once. So the next page is
 * asked for with the first page's length as size: if that is a cap, it is now kept to, and no row is skipped,
 * whether OneFile counts pages by the size it was asked for or by its own.
 */
function decideNextPlace({ certainRows = 1 }: Search, { page, size }: PagePlace, rowCount: number) {
  if (rowCount >= size) return { page: page + 1, size };
  return page > 1 || rowCount < certainRows ? null : { page: 2, size: rowCount };
}

type SearchResult = Pick<SearchPage, 'kind' | 'rows' | 'sentAtMs' | 'serverTimeMs'>;

/** A list that goes on moving is not read more often. */
const mostReadings = 3;

/**
 * Reads all pages of a search.
 *
 * A record that is deleted meanwhile moves the rows behind it one place forward, and one of them slips from a
 * page that is still to be read to one that was. So what was found on several pages counts only with a second
 * look: if nothing wanted was found, or if a page repeated rows, the list is read again, and the rows of all
 * readings count together.
 */
export async function searchAll(
  api: Api,
  search: Search,
  account: Account,
): Promise<SearchResult | ApiFailure> {
  const rows = new Map<string, FoundRow>();
  let first: SearchPage | null = null;
  for (let reading = 1; ; reading += 1) {
    const seen = new Set<string>();
    let hasMoved = false;
    for (let place: PagePlace | null = firstPlace(search); place !== null; ) {
      const found: SearchPage | ApiFailure = await searchPage(api, search, { place, seen, account });
      if (found.kind !== 'rows') return found;
      first ??= found;
      hasMoved ||= found.hasMoved;
      for (const row of found.rows) rows.set(row.id, row);
      for (const id of found.ids) seen.add(id);
      place = found.next;
    }
    if (first === null) return { kind: 'unknown', detail: 'UNREADABLE' };
    const isOnePage = seen.size === first.ids.length;
    const mayHaveSlipped = rows.size === 0 && reading === 1 && search.isAskedAgain !== true;
    const isDoubtful = !isOnePage && (hasMoved || mayHaveSlipped);
    if (!isDoubtful || reading === mostReadings) return { ...first, rows: [...rows.values()] };
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

type ReadRecord =
  | { readonly kind: 'record'; readonly row: Row; readonly sentAtMs: number }
  | { readonly kind: 'missing' }
  | ApiFailure;

/**
 * Reads one record by id. OneFile reports a missing record by 404, by 400 or by an empty answer (G5).
 *
 * A 404 without a body may come from a gateway as well. It is believed if OneFile answers another call.
 */
export async function readById(api: Api, route: Route, account: Account): Promise<ReadRecord> {
  const answer = await api.call(route, null, account);
  if (answer.kind === 'unknown' && answer.status === 404 && answer.isBare === true) {
    const customer = await api.call(routes.customer(), null, account);
    return customer.kind === 'ok' ? { kind: 'missing' } : answer;
  }
  if (answer.kind === 'rejected' && (answer.status === 404 || answer.status === 400))
    return { kind: 'missing' };
  if (answer.kind !== 'ok') return answer;
  if (answer.status === 204) return { kind: 'missing' };
  if (answer.body.kind !== 'json' || !isRow(answer.body.value))
    return { kind: 'unknown', detail: 'UNREADABLE' };
  return { kind: 'record', row: answer.body.value, sentAtMs: answer.sentAtMs };
}

/** Whether a write failed because its record is gone. After a 404 without a body the record is read. */
export async function isGone(
  api: Api,
  failure: ApiFailure,
  { route, account }: { readonly route: Route; readonly account: Account },
): Promise<boolean> {
  if (failure.status !== 404) return false;
  if (failure.kind === 'rejected') return true;
  return failure.isBare === true && (await readById(api, route, account)).kind === 'missing';
}

/**
 * The searches of the sync. Each says how its rows are checked (O9) and how a thin row is recognised (O7).
 */
export type Searches = ReturnType<typeof createSearches>;

type SearchScope = { readonly centreId: string; readonly names: Names; readonly pageSize: number };

/**
 * OneFile's own examples ask for pages of ten rows, so no page is cut to fewer. Used where a list is read often
 * and hardly ever as long: this saves a call for each learner in each pass.
 */
const documentedPage = 10;

/**
 * Builds the searches of one centre.
 *
 * The filter goes to OneFile, which may ignore it, so `isWanted` repeats each condition on the row. Only for
 * centre and role the filter is trusted when a row does not show them. `mayBeWanted` checks a thin row by
 * the few properties that it shows. `isFull` looks for a property that thin rows lack.
 */
export function createSearches({ centreId, names, pageSize }: SearchScope) {
  const OrganisationID = Number(centreId);

  /** If a row shows its centre, it must be ours. If it does not, the filter is trusted. */
  const isOfCentre = (row: Row): boolean => (idOf(row, names('user.organisation')) ?? centreId) === centreId;
  const hasRole = (row: Row, role: number): boolean => (integerOf(row, names('user.role')) ?? role) === role;

  return {
    isOfCentre,
    isLearner: (row: Row): boolean => isOfCentre(row) && hasRole(row, 1),
    isAssessor: (row: Row): boolean =>
      isOfCentre(row) && assessorRoles.includes(integerOf(row, names('user.role')) ?? 5),
    /** Without a role: users of all roles and centres, archived ones too (D-22). */
    users: (role: number | null, wanted: WantedUser = {}): Search => ({
      resource: 'User',
      pageSize,
      filter: { ...(role !== null && { OrganisationID, Role: role }), ...userFilter(wanted) },
      isWanted: (row) => (role === null || (isOfCentre(row) && hasRole(row, role))) && isUser(row, wanted),
      mayBeWanted: (row) => mayBeUser(row, wanted),
      isFull: (row) => (row['Username'] ?? null) !== null,
      byId: routes.user,
    }),
    aims: (learnerId: string): Search => ({
      resource: 'LearningAim',
      pageSize,
      certainRows: documentedPage,
      filter: { UserID: Number(learnerId) },
      isWanted: (row) => idOf(row, 'UserID') === learnerId,
      isFull: (row) => (row['Progress'] ?? null) !== null,
      byId: routes.aim,
    }),
    reviewsOf: (learnerId: string): Search => ({
      resource: 'Review',
      pageSize,
      filter: { OrganisationID, LearnerID: Number(learnerId) },
      isWanted: (row) => idOf(row, 'LearnerID') === learnerId,
      isFull: isFullReview,
      byId: routes.review,
    }),
    /**
     * Never filters by status (G25). The dates are a day wider on both sides, because it is not known how
     * OneFile counts them (G26).
     */
    reviews: (period?: { readonly fromMs: number; readonly toMs: number }): Search => ({
      resource: 'Review',
      pageSize,
      filter: { OrganisationID, ...(period === undefined ? {} : dateFilter(period)) },
      isWanted: (row) => period === undefined || isWithin(row, period),
      isFull: isFullReview,
      byId: routes.review,
    }),
    standards: (): Search => ({
      resource: 'Standard',
      pageSize,
      certainRows: documentedPage,
      filter: { OrganisationID },
      isWanted: () => true,
      isFull: null,
      byId: routes.standard,
    }),
    /**
     * A filter on the MIS value is known for users only. Here it saves calls if it works; each row is
     * checked anyway. A placement is looked for by the plan of an enrolment and again before it is created.
     */
    placements: ({ misId, name }: { misId?: string; name?: string } = {}): Search => ({
      resource: 'Placement',
      pageSize,
      isAskedAgain: true,
      filter: {
        OrganisationID,
        ...(misId === undefined ? {} : { MISID: misId }),
        ...(name === undefined ? {} : { Name: name }),
      },
      isWanted: (row) =>
        isOfCentre(row) &&
        (misId === undefined || isSameName(textOf(row, names('placement.misId')), misId)) &&
        (name === undefined || isSameName(textOf(row, 'Name'), name)),
      mayBeWanted: (row) => name === undefined || isSameName(textOf(row, 'Name'), name),
      isFull: (row) => (row['Active'] ?? null) !== null,
      byId: routes.placement,
    }),
    classrooms: ({ name }: { name?: string } = {}): Search => ({
      resource: 'Classroom',
      pageSize,
      filter: { OrganisationID, ...(name === undefined ? {} : { Name: name }) },
      isWanted: (row) => isOfCentre(row) && (name === undefined || isSameName(textOf(row, 'Name'), name)),
      isFull: null,
      byId: null,
    }),
    unitsOf: (learnerId: string): Search => ({
      resource: 'UnitSummary',
      pageSize,
      certainRows: documentedPage,
      filter: { UserID: Number(learnerId) },
      isWanted: (row) => (idOf(row, 'UserID') ?? learnerId) === learnerId,
      isFull: null,
      byId: null,
    }),
    organisations: (): Search => ({
      resource: 'Organisation',
      pageSize,
      certainRows: documentedPage,
      filter: {},
      isWanted: () => true,
      isFull: null,
      byId: null,
    }),
  };
}

/** Conditions on users. All given ones must be met. */
export type WantedUser = {
  readonly misId?: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly changedSince?: string;
};

function userFilter({ misId, email, firstName, lastName, changedSince }: WantedUser) {
  return {
    ...(misId === undefined ? {} : { MISID: misId }),
    ...(email === undefined ? {} : { Email: email }),
    ...(firstName === undefined ? {} : { FirstName: firstName }),
    ...(lastName === undefined ? {} : { LastName: lastName }),
    ...(changedSince === undefined ? {} : { LastModified: changedSince }),
  };
}

function isUser(row: Row, { misId, email, firstName, lastName, changedSince }: WantedUser): boolean {
  return (
    (misId === undefined || isSameName(textOf(row, 'MISID'), misId)) &&
    (email === undefined || isSameName(textOf(row, 'Email'), email)) &&
    (firstName === undefined || isSameName(textOf(row, 'FirstName'), firstName)) &&
    (lastName === undefined || isSameName(textOf(row, 'LastName'), lastName)) &&
    (changedSince === undefined || isChangedSince(row, changedSince))
  );
}

/** A thin row shows names and MIS value. Only a shown value that differs excludes it. */
function mayBeUser(row: Row, { misId, firstName, lastName }: WantedUser): boolean {
  const shown = {
    misId: textOf(row, 'MISID'),
    first: textOf(row, 'FirstName'),
    last: textOf(row, 'LastName'),
  };
  return (
    (misId === undefined || shown.misId === null || isSameName(shown.misId, misId)) &&
    (firstName === undefined || shown.first === null || isSameName(shown.first, firstName)) &&
    (lastName === undefined || shown.last === null || isSameName(shown.last, lastName))
  );
}

const dayMs = 86_400_000;

function dateFilter({ fromMs, toMs }: { fromMs: number; toMs: number }) {
  return { DateFrom: new Date(fromMs - dayMs).toISOString(), DateTo: new Date(toMs + dayMs).toISOString() };
}

function isWithin(row: Row, { fromMs, toMs }: { fromMs: number; toMs: number }): boolean {
  const scheduledMs = instantOf(row, 'ScheduledFor');
  // A review with an unreadable time is included now and not only at the next full pass, because a person
  // must act.
  if (scheduledMs === null) return isUnreadable(row, 'ScheduledFor');
  return scheduledMs >= fromMs - dayMs && scheduledMs <= toMs + dayMs;
}

function isFullReview(row: Row): boolean {
  return (row['LearnerID'] ?? null) !== null;
}

/** A record without the time of its last change counts as changed (G14). Compares in whole seconds. */
function isChangedSince(row: Row, since: string): boolean {
  const changedMs = instantOf(row, 'LastModified');
  const sinceMs = toInstant(since);
  return changedMs === null || sinceMs === null || Math.floor(changedMs / 1000) >= Math.floor(sinceMs / 1000);
}
