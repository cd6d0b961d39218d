import { z } from 'zod';
import { onOff, secretSetting, timeOfDay } from '../../base/setting.ts';
import { contracts } from './wire/all.ts';
import { normalId } from './wire/ids.ts';
import { findOriginFault, toOrigin } from './wire/origin.ts';
import { g1Defaults } from './wire/soap-g1/names.ts';
import { courseReference, sessionStatuses, sessionTypes } from './wire/words.ts';

const contractIds = contracts.map(({ id }) => id);

const originSetting = z
  .string()
  .transform((address, context) => {
    const origin = toOrigin(address.trim());
    if (origin !== null) return origin;
    const message = 'must be an address like https://host:883, without user, path or query';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .meta({ shownAs: 'address' });

const dailyTime = timeOfDay.refine((time) => !time.startsWith('01:') && time !== '02:00', {
  error:
    'must not lie between 01:00 and 02:00: that hour is missing on one night a year and comes twice on another',
});
const mode = z.enum(['none', 'push', 'pull']).default('none');
const durationMs = z.number().int().min(1).max(600_000);
const share = z.number().min(0).max(1);
const shortText = z.string().trim().min(1).max(50);
const typeLetter = z.string().trim().regex(/^\S$/, { error: 'must be a type letter' });
const xmlName = z.string().regex(/^[A-Za-z_][\w.-]{0,49}$/, { error: 'must be the name of an XML element' });

const learnerFields = [
  'names',
  'birthDate',
  'email',
  'phones',
  'niNumber',
  'uln',
  'sex',
  'address',
  'postcode',
] as const;
const officerFields = ['names', 'email', 'phones'] as const;

/** */
const attendances = {
  open: 'U',
  attended: 'Y',
  'cancelled-by-learner': 'N',
  'cancelled-by-assessor': 'N',
  'cancelled-by-employer': 'N',
} as const;

/** What the product does otherwise where a site can or cannot do it. No other ability of a contract changes anything. */
const capabilities = z.strictObject({
  smartCoach: onOff.optional().describe('Learners have a risk score (SA-4).'),
  units: onOff.optional().describe('Units of a course can be read (SA-32).'),
  filterByMisId: onOff.optional().describe('A record can be found by its MIS id alone.'),
  filterByLearner: onOff.optional().describe('Courses and events can be read for one learner.'),
  secondAssessor: onOff.optional().describe('A course can have a second assessor (SA-16).'),
  welcomeEmailFlag: onOff.optional().describe('The sign-in e-mail can be asked for (SA-2).'),
  studentId: onOff.optional().describe('Learners have a Student ID (SA-3).'),
  archivedFlag: onOff.optional().describe('Archived people are shown.'),
  storesMisId: onOff.optional().describe('The MIS id is kept and shown.'),
  clearsByEmpty: onOff.optional().describe('An empty text clears a field.'),
});

const shape = {
  enabled: onOff.default(false).describe('Whether records are exchanged with Smart Assessor (SA-1).'),
  userName: secretSetting
    .optional()
    .describe("Name of the site's API user, api.smartassessor@ and its domain (SA-1)."),
  password: secretSetting.optional().describe('Password of the API user (SA-1).'),
  clientKey: secretSetting.optional().describe('Key of the site, from the account manager (SA-1).'),
  origin: originSetting
    .optional()
    .describe('Where Smart Assessor answers: scheme, host and port, which is often 883 (SA-1).'),
  site: z
    .string()
    .trim()
    .regex(/^[\w.-]{1,50}$/, { error: 'must be 1 to 50 letters, digits, dots and hyphens' })
    .default('main')
    .describe('Name of the site under which its ids are kept. It must not change later.'),
  contract: z
    .enum(contractIds as [string, ...string[]])
    .default('assumed-rest-v0')
    .describe('How the interface is spoken to. The real one is not public; none of these is verified.'),
  allowUnverifiedOrigin: originSetting
    .optional()
    .describe(
      'The one origin beyond this machine that a contract without proof may call: exactly the origin.',
    ),
  auth: z
    .enum(['basic-key', 'token'])
    .default('basic-key')
    .describe('How the credential travels: with each call, or once for a token.'),
  concurrency: z.number().int().min(1).max(16).default(2).describe('Calls at the same time, of a process.'),
  callsPerMinute: z
    .number()
    .int()
    .min(1)
    .max(600)
    .default(60)
    .describe('Calls in any 60 seconds, over all processes (D-4).'),
  connectMs: durationMs.default(5_000).describe('Time limit for a connection.'),
  writeMs: durationMs
    .default(30_000)
    .describe('Time limit for a call that writes. Afterwards its outcome is looked up.'),
  readMs: durationMs.default(120_000).describe('Time limit for a call that reads, whole lists included.'),
  settleMs: durationMs
    .default(2_000)
    .describe('How long after a create without an answer the record is looked for.'),
  settleTries: z.number().int().min(1).max(10).default(3).describe('How often it is looked for.'),
  dailySync: z
    .strictObject({
      time: dailyTime
        .default('04:30')
        .describe('When the daily exchange of all learners starts, in London (SA-30).'),
    })
    .prefault({}),
  pollIntervalS: z
    .number()
    .int()
    .min(0)
    .max(86_400)
    .default(7_200)
    .describe(
      'How often everything is read between daily runs, in seconds; 0 = daily only, and no standing audit of differences (D-4).',
    ),
  welcomeEmail: onOff
    .default(false)
    .describe('Whether Smart Assessor is asked to send a new learner its sign-in e-mail (SA-2).'),
  studentIdFromLrn: onOff.default(false).describe("Whether the learner's LRN is the Student ID (SA-3)."),
  riskFromScore: onOff.default(false).describe('Whether the Smart Coach score sets the risk in PICS (SA-4).'),
  riskBands: z
    .tuple([share, share], { error: 'must be two numbers from 0 to 1' })
    .default([0.33, 0.66])
    .describe('Scores above which the risk is medium and high (SA-4, A-16).'),
  learnerDetails: mode.describe('Which side wins for learner details after enrolment (SA-5).'),
  updateGender: onOff.default(false).describe('Whether the sex takes part in that (SA-6).'),
  officerDetails: mode.describe('The same for linked officers (SA-8).'),
  learnerDetailFields: z
    .array(z.enum(learnerFields))
    .default([...learnerFields])
    .describe('Which details (SA-50, A-43).'),
  officerDetailFields: z
    .array(z.enum(officerFields))
    .default([...officerFields])
    .describe('Which details (SA-53, A-43).'),
  secondAssessorRole: z
    .string()
    .trim()
    .default('')
    .describe('Learner-officer relationship that is the second assessor; blank = none is sent (SA-7, A-21).'),
  unlinkedOfficer: z
    .enum(['omit', 'create'])
    .default('omit')
    .describe('What an enrolment does with an officer who has no Smart Assessor id (SA-15, SA-16).'),
  unlinkedEmployer: z
    .enum(['omit', 'create'])
    .default('create')
    .describe('The same for the organisation of the placement (SA-17).'),
  placementTypes: z
    .union([z.literal('all'), z.array(typeLetter).min(1, { error: 'must name a type letter, or be all' })], {
      error: 'must be all, or a list of type letters',
    })
    .default('all')
    .describe('Which placements can be the current one (A-33).'),
  reviewTypeMap: z
    .record(z.string().trim().min(1), z.string().trim().min(1))
    .default({})
    .transform((map) =>
      Object.fromEntries(
        Object.entries(map).map(([type, code]) => [sessionTypes.oursOf(type) ?? type, code]),
      ),
    )
    .meta({ shownAs: 'event type: review type' })
    .describe('PICS review type of each event type of Smart Assessor, as its screens write it (SA-9).'),
  attendanceMap: z
    .record(z.string().trim().min(1), z.enum(['Y', 'N', 'U']))
    .default({})
    .transform((map) => ({
      ...attendances,
      ...Object.fromEntries(
        Object.entries(map).map(([state, attended]) => [sessionStatuses.oursOf(state) ?? state, attended]),
      ),
    }))
    .meta({ shownAs: 'state: Y, N or U' })
    .describe('What Attended becomes by the state of an event, where it differs from A-29 (SA-42).'),
  elementsFrom: z
    .enum(['percent', 'units', 'off'])
    .default('percent')
    .describe('From what the element counters are taken (SA-32, A-28).'),
  unitsPolicy: z
    .enum(['skip', 'import'])
    .default('skip')
    .describe('Element counters of a qualification with units (SA-32, A-27).'),
  matchStandards: z
    .enum(['main-aim', 'exact'])
    .default('main-aim')
    .describe('How references of standards are matched with courses (SA-14).'),
  enrolEndDate: z
    .enum(['planned', 'omit'])
    .default('planned')
    .describe('Whether the planned end goes along at enrolment (SA-14).'),
  courseOverrides: z
    .record(z.string().trim().min(1), z.string().trim().min(1))
    .default({})
    .transform((map) =>
      Object.fromEntries(
        Object.entries(map).map(([reference, course]) => [courseReference(reference), normalId(course)]),
      ),
    )
    .meta({ shownAs: 'reference: course id' })
    .describe('The course of a PICS reference, where the codes do not say it (SA-14).'),
  updatableFields: z
    .array(z.string().trim().min(1))
    .optional()
    .describe('Fields of learners that the site lets be updated; those of the contract when absent (SA-50).'),
  capabilities: capabilities
    .default({})
    .describe('What the interface can do where it differs from the contract; only without proof.'),
  g1: z
    .strictObject({
      path: z
        .string()
        .regex(/^\/[\w./~-]{0,49}$/, { error: 'must be a path that begins with a slash' })
        .default(g1Defaults.path)
        .describe('Path of the SOAP service.'),
      namespace: shortText.default(g1Defaults.namespace).describe('Its namespace.'),
      apiKey: secretSetting.optional().describe('Its key.'),
      partnerIdName: xmlName
        .default(g1Defaults.partnerIdName)
        .describe("Name of the element with the partner's id."),
      misIdForm: z.enum(['text', 'integer']).default('text').describe('Form of that id.'),
    })
    .prefault({}),
} as const;

/**
 * The `smart-assessor` section of the configuration. Names and defaults are those of the exchange rules.
 *
 * The shape checks each setting by itself. The refinement checks settings together: what enabling needs, whether the
 * origin may be called by this contract, thresholds in their order, and fields that the contract does not have.
 */
export const smartAssessorSection = z.strictObject(shape).superRefine((section, context) => {
  const fault = (path: string, message: string): void =>
    context.addIssue({ code: 'custom', path: path.split('.'), message });
  const contract = contracts.find(({ id }) => id === section.contract);
  if (contract === undefined) return;
  if (section.riskBands[0] > section.riskBands[1]) fault('riskBands', 'must name the lower threshold first');
  const known = contract.capabilities.updatableLearnerFields;
  for (const field of section.updatableFields ?? []) {
    if (!known.includes(field))
      fault('updatableFields', `has ${field}, which the contract ${contract.id} cannot update`);
  }
  if (contract.trust === 'verified' && Object.keys(section.capabilities).length > 0)
    fault('capabilities', `must be empty: the contract ${contract.id} is verified`);
  if (section.origin !== undefined) {
    const { origin, allowUnverifiedOrigin: allowed } = section;
    const reason = findOriginFault({ origin, contract, allowed });
    if (reason !== null) fault('origin', reason);
  }
  if (!section.enabled) return;
  for (const path of findMissingSettings(section)) fault(path, 'is needed to enable Smart Assessor');
});

export type SmartAssessorSection = z.output<typeof smartAssessorSection>;

/** Settings without which Smart Assessor cannot be called, by their path. */
export function findMissingSettings(
  section: Pick<SmartAssessorSection, 'contract' | 'origin' | 'userName' | 'password' | 'clientKey' | 'g1'>,
): string[] {
  const contract = contracts.find(({ id }) => id === section.contract);
  const given: Readonly<Record<string, unknown>> = { ...section, 'g1.apiKey': section.g1.apiKey };
  return ['origin', ...(contract?.needs ?? [])].filter((path) => given[path] === undefined);
}
