import type { Learner, Placement } from '../../../src/domain/learner.ts';
import { buildLearner, buildQualification } from '../learner.ts';
import { smallCentre } from '../onefile-client.ts';
import { openOneFileWorld, type WorldSetup } from './world.ts';

/** A centre that can take a learner: an assessor and a placement with keys of ours, a classroom, pathways. */
export const enrolmentCentre = {
  ...smallCentre,
  standards: [
    { ID: 5003, Title: 'Team Leader', code: '603/1122/3' },
    { ID: 5007, Title: 'Joinery', code: '196AS' },
    ...['Wood', 'Metal', 'Stone'].map((path, n) => ({
      ID: 5020 + n,
      Title: `Crafts (${path})`,
      code: '500/9999/X',
    })),
  ],
  users: smallCentre.users.filter(({ Role }) => Role !== 1),
  placements: [{ ID: 30_001, OrganisationID: 301, Name: 'Alder Joinery Ltd', MISID: 'ALD001' }],
  classrooms: [
    { ID: 2001, OrganisationID: 301, Name: 'Carpentry' },
    { ID: 2002, OrganisationID: 301, Name: 'Main' },
  ],
  aims: [],
} as const;

export function buildPlacement(known: Partial<Placement> = {}): Placement {
  return {
    ...{ seq: 1, organisation: 'ALD001', organisationName: null, organisationExternalId: null },
    ...{ type: 'P', startOn: '2026-01-05', endOn: null },
    ...known,
  };
}

/** A learner of PICS, 10001, who has everything that OneFile demands and is not there yet. */
export function buildNewcomer(known: Partial<Learner> = {}): Learner {
  return buildLearner({
    ...{ ident: '10001', firstName: 'Imogen', surname: 'Tarrant', email: 'imogen@x.example.org' },
    ...{ mainOfficer: 'ABR001', startOn: '2026-01-05', expectedEndOn: '2027-07-31' },
    qualifications: [buildQualification({ reference: '603/1122/3', startOn: '2026-01-05' })],
    placements: [buildPlacement()],
    ...known,
  });
}

export const adaBrook = { code: 'ABR001', firstName: 'Ada', surname: 'Brook', email: 'a@x.example.org' };
/** In PICS alone. */
export const samNew = { code: 'SNE001', firstName: 'Sam', surname: 'New', email: 's@x.example.org' };
export const alder = { code: 'ALD001', name: 'Alder Joinery Ltd' };
/** In PICS alone. */
export const birch = { code: 'BIR001', name: "Birch & Sons' Café" };

export function openEnrolmentWorld(learners: readonly Learner[], setup: Partial<WorldSetup> = {}) {
  return openOneFileWorld({
    ...{ learners, officers: [adaBrook, samNew], organisations: [alder, birch] },
    ...{ records: enrolmentCentre as never, ...setup },
    settings: { fallbackClassroomId: '2002', ...setup.settings },
  });
}
