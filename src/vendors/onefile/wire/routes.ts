/** One operation of OneFile's API (OF-83). `route` is the pattern: logs carry it instead of the path with ids. */
export type Route = {
  readonly method: 'GET' | 'POST';
  readonly route: string;
  readonly path: string;
};

export const routes = {
  authentication: (): Route => post('Authentication'),
  customer: (): Route => get('Customer'),
  assignedStandards: (organisationId: string): Route =>
    get('Organisation/{id}/AssignedStandards', organisationId),
  user: (id: string): Route => get('User/{id}', id),
  createUser: (): Route => post('User'),
  updateUser: (id: string): Route => post('User/{id}', id),
  /** The id is the assigned user's, not the learner's. */
  assignUser: (id: string): Route => post('User/{id}/Assign', id),
  aim: (id: string): Route => get('LearningAim/{id}', id),
  updateAim: (id: string): Route => post('LearningAim/{id}', id),
  review: (id: string): Route => get('Review/{id}', id),
  standard: (id: string): Route => get('Standard/{id}', id),
  assignStandard: (id: string, learnerId: string): Route => ({
    method: 'POST',
    route: 'Standard/{id}/Assign/{learnerId}',
    path: `Standard/${id}/Assign/${learnerId}`,
  }),
  placement: (id: string): Route => get('Placement/{id}', id),
  classroom: (id: string): Route => get('Classroom/{id}', id),
  createPlacement: (): Route => post('Placement'),
  updatePlacement: (id: string): Route => post('Placement/{id}', id),
  createVisit: (): Route => post('Visit'),
  createReview: (): Route => post('Review'),
  search: (resource: SearchResource): Route => post(`${resource}/Search`),
  searchPage: (resource: SearchResource, page: number, size: number): Route => ({
    method: 'POST',
    route: `${resource}/Search/{page}/{size}`,
    path: `${resource}/Search/${page}/${size}`,
  }),
} as const;

export type SearchResource =
  | 'Organisation'
  | 'User'
  | 'Classroom'
  | 'Placement'
  | 'Standard'
  | 'LearningAim'
  | 'UnitSummary'
  | 'Review';

function get(route: string, id = ''): Route {
  return { method: 'GET', route, path: route.replace('{id}', id) };
}

function post(route: string, id = ''): Route {
  return { method: 'POST', route, path: route.replace('{id}', id) };
}
