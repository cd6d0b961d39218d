import { assessorRoles } from '../wire/codes.ts';
import { toInstant } from '../wire/dates.ts';
import type { Names } from '../wire/fields.ts';
import { routes } from '../wire/routes.ts';
import { idOf, instantOf, integerOf, isSameName, isUnreadable, type Row, textOf } from '../wire/values.ts';
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
    isOfCentre,
    isLearner: (row: Row): boolean => isOfCentre(row) && hasRole(row, 1),
    isAssessor: (row: Row): boolean =>
      isOfCentre(row) && assessorRoles.includes(integerOf(row, names('user.role')) ?? 5),
    users: (role: number, wanted: WantedUser = {}): Search => ({
      resource: 'User',
      pageSize,
      filter: { OrganisationID, Role: role, ...toUserFilter(wanted) },
      isWanted: (row) => isOfCentre(row) && hasRole(row, role) && isUser(row, wanted),
      mayBeWanted: (row) => mayBeUser(row, wanted),
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
    /** A filter on the MIS value is known for users only: here it saves calls where it works, and is checked anyway. */
    placements: ({ misId, name }: { misId?: string; name?: string } = {}): Search => ({
      resource: 'Placement',
      pageSize,
      filter: {
        OrganisationID,
        ...(misId === undefined ? {} : { MISID: misId }),
        ...(name === undefined ? {} : { Name: name }),
      },
      isWanted: (row) =>
        isOfCentre(row) &&
        (misId === undefined || textOf(row, names('placement.misId')) === misId) &&
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

/** By what users are looked for; each given one must fit. */
export type WantedUser = {
  readonly misId?: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly changedSince?: string;
};

function toUserFilter({ misId, email, firstName, lastName, changedSince }: WantedUser) {
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
    (misId === undefined || textOf(row, 'MISID') === misId) &&
    (email === undefined || isSameName(textOf(row, 'Email'), email)) &&
    (firstName === undefined || isSameName(textOf(row, 'FirstName'), firstName)) &&
    (lastName === undefined || isSameName(textOf(row, 'LastName'), lastName)) &&
    (changedSince === undefined || isChangedSince(row, changedSince))
  );
}

/** A thin row shows names and MIS value; only what is there and differs rules it out. */
function mayBeUser(row: Row, { misId, firstName, lastName }: WantedUser): boolean {
  const shown = {
    misId: textOf(row, 'MISID'),
    first: textOf(row, 'FirstName'),
    last: textOf(row, 'LastName'),
  };
  return (
    (misId === undefined || shown.misId === null || shown.misId === misId) &&
    (firstName === undefined || shown.first === null || isSameName(shown.first, firstName)) &&
    (lastName === undefined || shown.last === null || isSameName(shown.last, lastName))
  );
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
