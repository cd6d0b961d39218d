import { RouteTable } from '../../common/routing.ts';
import type { Reply } from '../../common/server.ts';
import { jsonReply, switchedReply, textReply } from '../http/reply.ts';
import type { World } from '../world.ts';
import {
  aimSearch,
  listLearnerEpisodes,
  listLearnerTimesheets,
  listUnitSummaries,
  planSearch,
  readAim,
  readOffTheJob,
  readPlan,
  unitSummarySearch,
  updateAim,
} from './aims.ts';
import { assignPlacement, assignUser } from './assignments.ts';
import type { Call } from './call.ts';
import {
  createPlace,
  listAimStatuses,
  listAssignedStandards,
  listLearnerStatuses,
  organisationSearch,
  placeSearch,
  readCustomer,
  readOrganisation,
  readPlace,
  updatePlace,
} from './centres.ts';
import { createReview, createVisit, readReview, reviewSearch, updateReview } from './reviews.ts';
import { type Search, searchAll, searchPage } from './search.ts';
import {
  assignStandard,
  assignTemplate,
  assignUnit,
  readStandard,
  readUnit,
  standardSearch,
  templateSearch,
  unitSearch,
} from './standards.ts';
import { createUser, deleteUser, readUser, setArchived, updateUser, userSearch } from './users.ts';

export type Handler =
  | { kind: 'open'; answer: (world: World, customerId: number | null) => Reply }
  | { kind: 'session'; answer: (call: Call) => Reply };

const PARAMETERS = {
  page: /^-?\d+$/,
  size: /^-?\d+$/,
  keep: /^(true|false)$/i,
  unitId: /^[\w.-]+$/,
};

function createRoutes(): RouteTable<Handler> {
  const routes = new RouteTable<Handler>(PARAMETERS);
  const get = (pattern: string, answer: (call: Call) => Reply): void =>
    routes.add('GET', pattern, { kind: 'session', answer });
  const post = (pattern: string, answer: (call: Call) => Reply): void =>
    routes.add('POST', pattern, { kind: 'session', answer });
  const search = (resource: string, what: Search): void => {
    post(`${resource}/Search`, searchAll(what));
    post(`${resource}/Search/{page}/{size}`, searchPage(what));
  };
  routes.add('POST', 'Authentication', { kind: 'open', answer: authenticate });
  get('Customer', readCustomer);
  search('Organisation', organisationSearch);
  get('Organisation/{id}', readOrganisation);
  get('Organisation/{id}/LearnerStatuses', listLearnerStatuses);
  get('Organisation/{id}/LearningAimStatuses', listAimStatuses);
  get('Organisation/{id}/AssignedStandards', listAssignedStandards);
  post('User', createUser);
  search('User', userSearch);
  get('User/{id}', readUser);
  post('User/{id}', updateUser);
  routes.add('DELETE', 'User/{id}', { kind: 'session', answer: deleteUser });
  post('User/{id}/Archive', setArchived(true));
  post('User/{id}/Unarchive', setArchived(false));
  post('User/{id}/Assign', assignUser);
  post('User/{id}/AssignPlacement/{placementId}/{keep}', assignPlacement);
  get('User/{id}/LearnerEpisodes', listLearnerEpisodes);
  get('User/{id}/UnitSummary', listUnitSummaries);
  get('User/{id}/offthejob', readOffTheJob);
  for (const [resource, kind] of [
    ['Classroom', 'classrooms'],
    ['Placement', 'placements'],
    ['Provider', 'providers'],
  ] as const) {
    search(resource, placeSearch(kind));
    post(resource, createPlace(kind));
    get(`${resource}/{id}`, readPlace(kind));
    post(`${resource}/{id}`, updatePlace(kind));
  }
  search('FrameworkTemplate', templateSearch);
  post('FrameworkTemplate/{id}/Assign/{learnerId}/{keep}', assignTemplate);
  search('Standard', standardSearch);
  get('Standard/{id}', readStandard);
  post('Standard/{id}/Assign/{learnerId}', assignStandard);
  search('Unit', unitSearch);
  get('Unit/{unitId}', readUnit);
  post('Unit/{unitId}/Assign/{learnerId}/{standardId}', assignUnit);
  search('LearningAim', aimSearch);
  get('LearningAim/{id}', readAim);
  get('LearningAims/{id}', readAim);
  post('LearningAim/{id}', updateAim);
  search('UnitSummary', unitSummarySearch);
  post('Visit', createVisit);
  post('Review', createReview);
  search('Review', reviewSearch);
  get('Review/{id}', readReview);
  post('Review/{id}', updateReview);
  search('Plan', planSearch);
  get('Plan/{id}', readPlan);
  get('Timesheet/Learner/{learnerId}', listLearnerTimesheets);
  return routes;
}

export const API_ROUTES: RouteTable<Handler> = createRoutes();

/** A session for the customer of the token. The body of the answer is the token itself. */
function authenticate(world: World, customerId: number | null): Reply {
  const { switches, sessions, clock } = world;
  if (customerId === null)
    return switchedReply(switches['bad-customer-token'], 'Customer token is not valid');
  const { token } = sessions.open(customerId, clock.nowMs(), switches);
  return switches['token-body'] === 'bare' ? textReply(200, token) : jsonReply(200, token);
}

const CLOSED = new Set(['keychain', 'assessment', 'progress', 'episode']);
const SIGN_ON = new Set(['sso', 'ssoid', 'singlesignon', 'singlesignonid']);

/** Endpoints that are rumoured but not part of the contract; a Visit can be created and nothing else. */
export function isUnproven(method: string, segments: readonly string[]): boolean {
  const [first, , third] = segments.map((segment) => segment.toLowerCase());
  if (first === undefined) return false;
  if (CLOSED.has(first)) return true;
  if (first === 'visit') return method !== 'POST' || segments.length > 1;
  return first === 'user' && third !== undefined && SIGN_ON.has(third);
}
