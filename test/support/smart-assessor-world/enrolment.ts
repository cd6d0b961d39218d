import type { Json } from '../../../src/domain/json.ts';
import type { Learner, Placement } from '../../../src/domain/learner.ts';
import { buildLearner, buildQualification } from '../learner.ts';
import type { WorldPics } from '../world/world.ts';
import { enrolmentSite } from './site.ts';
import { openSmartAssessorWorld, type SmartAssessorSetup, type SmartAssessorWorld } from './world.ts';

export function buildPlacement(known: Partial<Placement> = {}): Placement {
  return {
    seq: 1,
    organisation: 'BIR001',
    organisationName: null,
    organisationExternalId: null,
    type: 'W',
    startOn: '2026-01-05',
    endOn: null,
    ...known,
  };
}

/** A learner of PICS, 10001, who is not at Smart Assessor yet, with one qualification that is offered there. */
export function buildNewcomer(known: Partial<Learner> = {}): Learner {
  return buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    birthDate: '2006-07-14',
    email: 'imogen@x.example.org',
    startOn: '2026-01-05',
    qualifications: [
      buildQualification({ reference: '603/1122/3', startOn: '2026-01-05', expectedEndOn: '2027-07-31' }),
    ],
    ...known,
  });
}

/** An officer that Smart Assessor has too, without a link. */
export const adaBrook = { code: 'ABR001', firstName: 'Ada', surname: 'Brook', email: 'a@x.example.org' };
/** In PICS alone. */
export const samNew = { code: 'SNE001', firstName: 'Sam', surname: 'New', email: 's@x.example.org' };
/** An organisation that Smart Assessor has too, without a link. */
export const alder = { code: 'ALD001', name: 'Alder Joinery Ltd' };
/** In PICS alone. */
export const birch = {
  code: 'BIR001',
  name: 'Birch & Sons',
  phone: '01632 960101',
  edrs: '100000002',
  address: ['1 Mill Lane', null, 'Exampleton', null],
  postcode: 'EX99 1AA',
  website: 'birch.example.org',
  headCount: 60,
};

/** A site without learners, and these learners in PICS. */
export function openEnrolmentWorld(
  learners: readonly Learner[],
  setup: Partial<WorldPics & SmartAssessorSetup> & {
    readonly shared?: Parameters<typeof openSmartAssessorWorld>[0]['shared'];
  } = {},
): Promise<SmartAssessorWorld> {
  const { shared, ...more } = setup;
  return openSmartAssessorWorld({
    learners,
    officers: [adaBrook, samNew],
    organisations: [alder, birch],
    records: enrolmentSite as unknown as Json,
    ...more,
    ...(shared !== undefined && { shared }),
  });
}
