import { assessorRoles } from '../wire/codes.ts';
import { toInstant } from '../wire/dates.ts';
import type { Names } from '../wire/fields.ts';
import { routes } from '../wire/routes.ts';
import { idOf, instantOf, integerOf, isUnreadable, type Row, textOf } from '../wire/values.ts';
import type { Search } from './search.ts';

/** The searches of the sync, with how each row is checked (O9) and told from a thin one (O7). */
export type Searches = ReturnType<typeof createSearches>;

type Parts = { readonly centreId: string; readonly names: Names; readonly pageSize: number };

export function createSearches({ centreId, names, pageSize }: Parts) {
  const OrganisationID = Number(centreId);

  /** A row says by itself whether it is of the centre; where it does not say so, the filter is trusted. */
  const isOfCentre = (row: Row): boolean => (idOf(row, names('user.organisation')) ?? centreId) === centreId;
  const hasRole = (row: Row, role: number): boolean => (integerOf(row, names('user.role')) ?? role) === role;

  return {
    isLearner: (row: Row): boolean => isOfCentre(row) && hasRole(row, 1),
    isAssessor: (row: Row): boolean =>
      isOfCentre(row) && assessorRoles.includes(integerOf(row, names('user.role')) ?? 5),
    users: (
      role: number,
      { misId, changedSince }: { misId?: string; changedSince?: string } = {},
    ): Search => ({
      resource: 'User',
      pageSize,
      filter: {
        OrganisationID,
        Role: role,
        ...(misId === undefined ? {} : { MISID: misId }),
        ...(changedSince === undefined ? {} : { LastModified: changedSince }),
      },
      isWanted: (row) =>
        isOfCentre(row) &&
        hasRole(row, role) &&
        (misId === undefined || textOf(row, 'MISID') === misId) &&
        (changedSince === undefined || isChangedSince(row, changedSince)),
      isFull: (row) => (row['Username'] ?? null) !== null,
      byId: routes.user,
    }),
    aims: (learnerId: string): Search => ({
      resource: 'LearningAim',
      pageSize,
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
    /** Never by status (G25). Dates are asked a day wider on both sides, since nobody knows how they count (G26). */
    reviews: (period?: { readonly fromMs: number; readonly toMs: number }): Search => ({
      resource: 'Review',
      pageSize,
      filter: { OrganisationID, ...(period === undefined ? {} : toDates(period)) },
      isWanted: (row) => period === undefined || isWithin(row, period),
      isFull: isFullReview,
      byId: routes.review,
    }),
    standards: (): Search => ({
      resource: 'Standard',
      pageSize,
      filter: { OrganisationID },
      isWanted: () => true,
      isFull: null,
      byId: routes.standard,
    }),
    placements: (): Search => ({
      resource: 'Placement',
      pageSize,
      filter: { OrganisationID },
      isWanted: isOfCentre,
      isFull: (row) => (row['Active'] ?? null) !== null,
      byId: routes.placement,
    }),
    classrooms: (): Search => ({
      resource: 'Classroom',
      pageSize,
      filter: { OrganisationID },
      isWanted: isOfCentre,
      isFull: null,
      byId: null,
    }),
    unitsOf: (learnerId: string): Search => ({
      resource: 'UnitSummary',
      pageSize,
      filter: { UserID: Number(learnerId) },
      isWanted: (row) => (idOf(row, 'UserID') ?? learnerId) === learnerId,
      isFull: null,
      byId: null,
    }),
    organisations: (): Search => ({
      resource: 'Organisation',
      pageSize,
      filter: {},
      isWanted: () => true,
      isFull: null,
      byId: null,
    }),
  };
}

const dayMs = 86_400_000;

function toDates({ fromMs, toMs }: { fromMs: number; toMs: number }) {
  return { DateFrom: new Date(fromMs - dayMs).toISOString(), DateTo: new Date(toMs + dayMs).toISOString() };
}

function isWithin(row: Row, { fromMs, toMs }: { fromMs: number; toMs: number }): boolean {
  const scheduledMs = instantOf(row, 'ScheduledFor');
  // One whose time cannot be read is somebody's matter now, not at the next full pass.
  if (scheduledMs === null) return isUnreadable(row, 'ScheduledFor');
  return scheduledMs >= fromMs - dayMs && scheduledMs <= toMs + dayMs;
}

function isFullReview(row: Row): boolean {
  return (row['LearnerID'] ?? null) !== null;
}

/** Without the time of its last change a record counts as changed (G14). Compared in whole seconds. */
function isChangedSince(row: Row, since: string): boolean {
  const changedMs = instantOf(row, 'LastModified');
  const sinceMs = toInstant(since);
  return changedMs === null || sinceMs === null || Math.floor(changedMs / 1000) >= Math.floor(sinceMs / 1000);
}
