import type { Observation } from '../../../domain/observation.ts';
import type { PollPage, PollResource, ReadPage } from '../../../domain/polling.ts';
import { assessorRoles, roles } from '../wire/names.ts';
import { toClassroom } from '../wire/normal-form.ts';
import type { Account, ApiFailure } from './api.ts';
import { readOpenIds } from './enrolment-facts.ts';
import { toFailure } from './making.ts';
import { type FoundRow, type Search, searchAll, searchPage } from './searches.ts';
import {
  type ClientParts,
  type Seen,
  seeAims,
  seeAssessor,
  seeLearner,
  seePlacement,
  seeReview,
  toObservation,
} from './sight.ts';

/** What the poller reads. Reviews come by centre; aims only learner by learner, since no filter allows more. */
export const pollResources: readonly PollResource[] = [
  { name: 'standards', entity: 'standard', scope: 'centre' },
  { name: 'assessors', entity: 'assessor', scope: 'centre' },
  { name: 'placements', entity: 'placement', scope: 'centre' },
  { name: 'classrooms', entity: 'classroom', scope: 'centre' },
  { name: 'learners', entity: 'learner', scope: 'centre' },
  { name: 'reviews', entity: 'review', scope: 'centre' },
  { name: 'aims', entity: 'learning-aim', scope: 'learner' },
];

/** Where a resource stands: the search of its list, the page, and what tells a repeated page from a new one. */
type Cursor = {
  readonly part: number;
  readonly page: number;
  readonly previous: readonly string[];
  /** The server's clock when the first page was read, milliseconds. */
  readonly startedAtMs: number;
  /** What `recent` asks for; kept so that all pages of one pass ask the same. */
  readonly since: string | null;
  readonly fromMs: number;
};

const dayMs = 86_400_000;
const recentReviewsMs = 14 * dayMs;
const overlapMs = 600_000;
/** How far back the first look at changes reaches, before any pass was completed. */
const firstLookBackMs = dayMs;

type Request = Parameters<ReadPage>[0];

/** Reads one page of a resource. Aims of one learner are one page. */
export function createReadPage(parts: ClientParts): ReadPage {
  const completed = new Map<string, number>();
  /** Looking around all day takes what everybody else leaves; a full pass has a day's work to do. */
  const toAccount = ({ extent }: Request): Account => ({
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
    const searches = toSearches(request, cursor, parts);
    const search = searches[cursor.part];
    if (search === undefined) return { kind: 'page', observations: [], next: null };
    const account = toAccount(request);
    const seen = new Set(cursor.previous);
    const found = await searchPage(parts.api, search, { page: cursor.page, seen, account });
    if (found.kind !== 'rows') return found;
    const moment = { observedAtMs: found.sentAtMs, cause: request.cause };
    const observations = found.rows
      .map((row) => see(request.resource.entity, row, parts))
      .map((one) => toObservation(parts.centreId, one, moment));
    const startedAtMs =
      request.cursor === null ? (found.serverTimeMs ?? cursor.startedAtMs) : cursor.startedAtMs;
    const next: Cursor = found.isLast
      ? { ...cursor, startedAtMs, part: cursor.part + 1, page: 1, previous: [] }
      : { ...cursor, startedAtMs, page: cursor.page + 1, previous: found.ids };
    const isDone = next.part >= searches.length;
    // O13: by the server's clock, from the start of the pass: what changed meanwhile is seen next time.
    if (isDone) completed.set(request.resource.name, startedAtMs);
    return { kind: 'page', observations, next: isDone ? null : JSON.stringify(next) };
  }

  /** OF-18: those open to the centre, as a refresh of the list of offers has them. */
  async function readStandards(request: Request): Promise<PollPage | ApiFailure> {
    const { cause } = request;
    const read = await parts.catalogue.refresh(toAccount(request));
    if (read.kind !== 'standards') return read;
    const open = await readOpenIds(parts, toAccount(request));
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
    const account = toAccount(request);
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

function toSearches(
  { resource, extent }: Request,
  cursor: Cursor,
  { searches }: ClientParts,
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

function see(entity: string, { id, row }: FoundRow, parts: ClientParts): Seen {
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
