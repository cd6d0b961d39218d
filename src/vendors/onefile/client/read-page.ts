import type { Observation } from '../../../domain/observation.ts';
import type { PollPage, PollResource, ReadPage } from '../../../domain/polling.ts';
import { assessorRoles, roles } from '../wire/names.ts';
import { toClassroom } from '../wire/normal-form.ts';
import type { Account, ApiFailure } from './api.ts';
import { readOpenIds } from './enrolment-facts.ts';
import { toFailure } from './making.ts';
import { type FoundRow, firstPlace, type Search, searchAll, searchPage } from './searches.ts';
import {
  type CentreClient,
  type Seen,
  seeAims,
  seeAssessor,
  seeLearner,
  seePlacement,
  seeReview,
  toObservation,
} from './sight.ts';

/**
 * The resources that the poller reads. Reviews are read per centre. Aims are read per learner, because no
 * filter allows more.
 */
export const pollResources: readonly PollResource[] = [
  { name: 'standards', entity: 'standard', scope: 'centre' },
  { name: 'assessors', entity: 'assessor', scope: 'centre' },
  { name: 'placements', entity: 'placement', scope: 'centre' },
  { name: 'classrooms', entity: 'classroom', scope: 'centre' },
  { name: 'learners', entity: 'learner', scope: 'centre' },
  { name: 'reviews', entity: 'review', scope: 'centre' },
  { name: 'aims', entity: 'learning-aim', scope: 'learner' },
];

/**
 * The position in a resource: which of its searches, which page, and the ids of the previous page, which
 * show whether a page is repeated.
 */
type Cursor = {
  readonly part: number;
  readonly page: number;
  /** Rows asked for on the page; absent in a cursor stored by an earlier version, and before the first page. */
  readonly size?: number;
  readonly previous: readonly string[];
  /** Time of the server when the first page was read, in milliseconds. */
  readonly startedAtMs: number;
  /** The filter of `recent`, kept so that all pages of one pass use the same one. */
  readonly since: string | null;
  readonly fromMs: number;
};

const dayMs = 86_400_000;
const recentReviewsMs = 14 * dayMs;
const overlapMs = 600_000;
/** How far back the first read of recent changes reaches when no pass has been completed. */
const firstLookBackMs = dayMs;

type Request = Parameters<ReadPage>[0];

/**
 * Reads resources page by page.
 *
 * A resource is one or more searches, such as one search per role. The cursor, passed back as JSON, holds
 * the search and the page. A full pass reads everything. A `recent` pass asks for users that changed since
 * the start of the last completed pass (with ten minutes of overlap), and for reviews scheduled within 14
 * days of the present. Standards are one page, and the aims of a learner are one page.
 */
export function createReadPage(parts: CentreClient): ReadPage {
  const completed = new Map<string, number>();
  /** Recent changes are read with the lowest priority; a full pass has a day's work to do. */
  const accountOf = ({ extent }: Request): Account => ({
    priority: extent === 'full' ? 'poll' : 'replay',
    prepaid: 0,
  });

  function start({ resource }: Request): Cursor {
    const nowMs = parts.now();
    const sinceMs = (completed.get(resource.name) ?? nowMs - firstLookBackMs) - overlapMs;
    const since = new Date(Math.floor(sinceMs / 1000) * 1000).toISOString();
    return { part: 0, page: 1, previous: [], startedAtMs: nowMs, since, fromMs: nowMs };
  }

  async function readList(request: Request): Promise<PollPage | ApiFailure> {
    const cursor: Cursor = request.cursor === null ? start(request) : JSON.parse(request.cursor);
    const searches = searchesOf(request, cursor, parts);
    const search = searches[cursor.part];
    if (search === undefined) return { kind: 'page', observations: [], next: null };
    const account = accountOf(request);
    const seen = new Set(cursor.previous);
    const place = { ...firstPlace(search), page: cursor.page, ...(cursor.size && { size: cursor.size }) };
    const found = await searchPage(parts.api, search, { place, seen, account });
    if (found.kind !== 'rows') return found;
    const moment = { observedAtMs: found.sentAtMs, cause: request.cause };
    const observations = found.rows
      .map((row) => see(request.resource.entity, row, parts))
      .map((one) => toObservation(parts.centreId, one, moment));
    const startedAtMs =
      request.cursor === null ? (found.serverTimeMs ?? cursor.startedAtMs) : cursor.startedAtMs;
    const { size: _size, ...whole } = cursor;
    const next: Cursor =
      found.next === null
        ? { ...whole, startedAtMs, part: cursor.part + 1, page: 1, previous: [] }
        : { ...whole, ...found.next, startedAtMs, previous: found.ids };
    const isDone = next.part >= searches.length;
    // O13: by the server's clock and from the start of the pass, so that changes during the pass are seen
    // next time.
    if (isDone && request.isProbe !== true) completed.set(request.resource.name, startedAtMs);
    return { kind: 'page', observations, next: isDone ? null : JSON.stringify(next) };
  }

  /** OF-18: the standards open to the centre, as the list of offers has them. */
  async function readStandards(request: Request): Promise<PollPage | ApiFailure> {
    const { cause } = request;
    const read = await parts.catalogue.refresh(accountOf(request));
    if (read.kind !== 'standards') return read;
    const open = await readOpenIds(parts, accountOf(request));
    if (open.kind !== 'ids') return open;
    const offered = read.standards.filter(({ id }) => open.ids?.has(id) !== false);
    const observations = offered.map((record): Observation => {
      const seen: Seen = { entity: 'standard', id: record.id, learnerId: null, record };
      return toObservation(parts.centreId, seen, { observedAtMs: read.sentAtMs, cause });
    });
    return { kind: 'page', observations, next: null };
  }

  async function readAims(request: Request): Promise<PollPage | ApiFailure> {
    const { learnerVendorId, cause } = request;
    if (learnerVendorId === null) return { kind: 'page', observations: [], next: null };
    const account = accountOf(request);
    const found = await searchAll(parts.api, parts.searches.aims(learnerVendorId), account);
    if (found.kind !== 'rows') return found;
    const aims = await seeAims(found.rows, { parts, account });
    if (aims.kind !== 'seen') return aims;
    const moment = { observedAtMs: found.sentAtMs, cause };
    const observations = aims.seen.map((one) => toObservation(parts.centreId, one, moment));
    return { kind: 'page', observations, next: null };
  }

  return async (request) => {
    const read =
      request.resource.name === 'standards'
        ? readStandards
        : request.resource.name === 'aims'
          ? readAims
          : readList;
    const page = await read(request);
    return page.kind === 'page' ? page : toFailure(page);
  };
}

function searchesOf(
  { resource, extent }: Request,
  cursor: Cursor,
  { searches }: CentreClient,
): readonly Search[] {
  const isRecent = extent === 'recent';
  const changed = isRecent && cursor.since !== null ? { changedSince: cursor.since } : {};
  switch (resource.name) {
    case 'learners':
      return [searches.users(roles.learner, changed)];
    case 'assessors':
      return assessorRoles.map((role) => searches.users(role, changed));
    case 'reviews': {
      const { fromMs } = cursor;
      const period = { fromMs: fromMs - recentReviewsMs, toMs: fromMs + recentReviewsMs };
      return [isRecent ? searches.reviews(period) : searches.reviews()];
    }
    case 'placements':
      return [searches.placements()];
    case 'classrooms':
      return [searches.classrooms()];
    default:
      return [];
  }
}

function see(entity: string, { id, row }: FoundRow, parts: CentreClient): Seen {
  switch (entity) {
    case 'learner':
      return seeLearner(row, id, parts);
    case 'assessor':
      return seeAssessor(row, id, parts);
    case 'review':
      return seeReview(row, id);
    case 'placement':
      return seePlacement(row, id, parts);
    default:
      return { entity, id, learnerId: null, record: toClassroom(row, id, parts.names) };
  }
}
