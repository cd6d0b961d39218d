/**
 * How certain a name is: documented by OneFile, seen in other clients, inferred from a pattern, or our own
 * assumption.
 */
type Provenance = 'documented' | 'seen in clients' | 'inferred' | 'assumed';

/** A name that OneFile may spell differently. */
export type AssumedName = {
  /** Key under `onefile.names` by which the configuration overrides it. */
  readonly key: string;
  readonly wireName: string;
  readonly resource: string;
  readonly direction: 'read' | 'write' | 'read and write';
  readonly provenance: Provenance;
};

function name(
  key: string,
  wireName: string,
  resource: string,
  direction: AssumedName['direction'],
  provenance: Provenance,
): AssumedName {
  return { key, wireName, resource, direction, provenance };
}

/**
 * All names that are not confirmed. They appear as literals only here.
 *
 * OneFile's own documentation would settle each of them. Until then a site can override a name in its
 * settings.
 */
export const assumedNames = [
  name('aim.certificateReceived', 'CertificateReceivedDate', 'LearningAim', 'read and write', 'assumed'),
  name('aim.elementsTotal', 'ElementsTotal', 'LearningAim', 'read', 'assumed'),
  name('aim.elementsDone', 'ElementsDone', 'LearningAim', 'read', 'assumed'),
  name('aim.registrationNumber', 'RegistrationNumber', 'LearningAim', 'read and write', 'inferred'),
  name('aim.registrationDate', 'RegistrationDate', 'LearningAim', 'read and write', 'inferred'),
  name('aim.certificateApplied', 'CertificateAppliedDate', 'LearningAim', 'read and write', 'inferred'),
  name('aim.achieved', 'AchievedDate', 'LearningAim', 'read', 'inferred'),
  name('aim.start', 'StartDate', 'LearningAim', 'read and write', 'inferred'),
  name('aim.plannedEnd', 'PlannedEnd', 'LearningAim', 'read and write', 'inferred'),
  name('aim.status', 'Status', 'LearningAim', 'read', 'inferred'),
  name('standard.code', 'NDAQCode', 'Standard', 'read', 'inferred'),
  name('assignedStandard.id', 'ID', 'AssignedStandards', 'read', 'inferred'),
  name('unitSummary.standard', 'StandardID', 'UnitSummary', 'read', 'assumed'),
  name('unitSummary.progress', 'Progress', 'UnitSummary', 'read', 'assumed'),
  name('user.organisation', 'OrganisationID', 'User', 'read', 'inferred'),
  name('user.role', 'Role', 'User', 'read', 'inferred'),
  name('user.defaultAssessor', 'DefaultAssessorID', 'User', 'read', 'inferred'),
  name('user.defaultEmployer', 'DefaultEmployerID', 'User', 'read', 'inferred'),
  name('user.disability', 'L15', 'User', 'read', 'inferred'),
  name('user.archived', 'Archived', 'User', 'read', 'assumed'),
  name('placement.misId', 'MISID', 'Placement', 'read', 'inferred'),
  name('placement.contact', 'Contact', 'Placement', 'read', 'inferred'),
  name('placement.email', 'Email', 'Placement', 'read', 'inferred'),
  name('placement.telephone', 'Telephone', 'Placement', 'read', 'inferred'),
  name('placement.web', 'Web', 'Placement', 'read', 'inferred'),
  name('classroom.archived', 'Archive', 'Classroom', 'read', 'inferred'),
] as const;

export type NameOverrides = Readonly<Record<string, string>>;
/** Maps the key of an assumed name to its name on the wire. */
export type Names = (key: string) => string;

export function toNames(overrides: NameOverrides = {}): Names {
  const names = new Map(assumedNames.map(({ key, wireName }) => [key, wireName]));
  return (key) => {
    const wireName = overrides[key] ?? names.get(key);
    if (wireName === undefined) throw new Error(`No wire name has the key ${key}`);
    return wireName;
  };
}

/**
 * D-16: the key under which it is kept whether OneFile keeps a field. It has the name on the wire, so a name that is
 * corrected in the settings begins afresh.
 */
export function toFieldKey(overrides: NameOverrides, key: string): string {
  const assumed = assumedNames.find((one) => one.key === key);
  return assumed === undefined ? key : `${key}=${overrides[key] ?? assumed.wireName}`;
}

/**
 * One operation of OneFile's API (OF-83). `route` is the pattern, which logs show instead of the path with
 * ids.
 */
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
  aimStatuses: (organisationId: string): Route =>
    get('Organisation/{id}/LearningAimStatuses', organisationId),
  user: (id: string): Route => get('User/{id}', id),
  createUser: (): Route => post('User'),
  updateUser: (id: string): Route => post('User/{id}', id),
  /** The id is that of the assigned user, not of the learner. */
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

/** Roles of OneFile users. "All assessors" takes two searches, one per role. */
export const roles = { learner: 1, traineeAssessor: 4, assessor: 5 } as const;
export const assessorRoles: readonly number[] = [roles.assessor, roles.traineeAssessor];

/** Numbers of the visit types. 2 is seen in use; the meaning of each number is assumed. */
export const visitTypes = { notSpecified: 0, remote: 1, faceToFace: 2 } as const;

/** The only status that a review may be created with. */
export const scheduledReview = 1;
