import { z } from 'zod';
import { onOff, secretSetting, timeOfDay } from '../../base/setting.ts';
import { assumedNames } from './wire/names.ts';

/** OneFile's environments. A customer token belongs to one of them. */
const environments = ['live', 'beta', 'practice', 'simulator'] as const;
type Environment = (typeof environments)[number];

const addresses: Readonly<Record<Exclude<Environment, 'simulator'>, string>> = {
  live: 'https://wsapi.onefile.co.uk/api/v2.1',
  practice: 'https://wsapi2.onefile.co.uk/api/v2.1',
  beta: 'https://wsapibeta.onefile.co.uk/api/v2.1',
};

/**
 * The fixed address of an environment of OneFile. The address of the simulator comes from the configuration.
 */
export function toAddress(environment: Exclude<Environment, 'simulator'>): string {
  return addresses[environment];
}

/**
 * Whether an address can only be this machine or its own network.
 *
 * The simulator's address is free text, so it must not be able to name a vendor. Allowed are loopback,
 * private ranges, and names without a public ending, as containers have them.
 */
export function isLocalAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (host === '[::1]' || /^\[f[cd][0-9a-f]{2}:/.test(host)) return true;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return isPrivateAddress(host);
  if (host.startsWith('[')) return false;
  return /^[a-z0-9_-]+$/.test(host) || /\.(localhost|local|internal|test)$/.test(host);
}

/** 127/8, 10/8, 172.16/12, 192.168/16. URL has already converted other notations into four numbers. */
function isPrivateAddress(host: string): boolean {
  const [first = 0, second = 0] = host.split('.').map(Number);
  return (
    first === 127 ||
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168)
  );
}

const digits = z.union([z.string().regex(/^[1-9]\d{0,17}$/), z.number().int().min(1)], {
  error: 'must be an id of OneFile, in digits',
});
const id = digits.transform(String).meta({ shownAs: 'OneFile id' });
/** Several ids are joined by a comma, which no id contains. They are refused below, with the reason. */
const centreIds = z
  .union([digits, z.array(digits).min(1)], { error: 'must be an id of OneFile, in digits' })
  .transform((given) => [given].flat().join(','))
  .meta({ shownAs: 'OneFile id' });
const codes = z.array(z.string().trim().min(1));
const detailMode = z.enum(['ignore', 'push', 'pull']).default('ignore');
const durationMs = z.number().int().min(1);
const dailyTime = timeOfDay.refine((time) => !time.startsWith('01:') && time !== '02:00', {
  error:
    'must not lie between 01:00 and 02:00: that hour is missing on one night a year and comes twice on another',
});
const mostCallsPerMinute = 300;

const learnerFields = [
  'names',
  'birthDate',
  'email',
  'phones',
  'niNumber',
  'uln',
  'sex',
  'ethnicity',
  'disability',
] as const;
const officerFields = ['names', 'email', 'phones'] as const;
const organisationFields = ['name', 'address', 'postcode', 'phone', 'email', 'website'] as const;

const shape = {
  enabled: onOff.default(false).describe('Whether records are exchanged with OneFile (OF-1).'),
  customerToken: secretSetting
    .optional()
    .describe('Token that OneFile gives to a Centre Manager. It belongs to one environment (OF-1).'),
  environment: z
    .enum(environments)
    .optional()
    .describe('Which OneFile; simulator is for tests and the demo (OF-2).'),
  baseUrl: z
    .string()
    .refine(isLocalAddress, { error: 'must be an address on this machine or in its own network' })
    .optional()
    .describe('Address of the simulator. The other environments have fixed addresses.'),
  centreId: centreIds
    .optional()
    .describe('The OneFile centre; needed unless the token reaches only one (OF-5).'),
  desktopSyncOff: onOff
    .default(false)
    .describe('Confirms that OneFile synchronisation in desktop PICS is off (OF-7).'),
  desktopGuard: z
    .enum(['warn', 'block'])
    .default('warn')
    .describe('What happens while it is not confirmed (OF-7).'),
  dailySync: z
    .strictObject({
      time: dailyTime
        .default('03:30')
        .describe('When the daily exchange of all learners starts, in London (OF-40).'),
    })
    .prefault({}),
  dailyScope: z
    .enum(['all', 'liveRecent'])
    .default('all')
    .describe('Which linked learners the daily exchange covers (OF-40).'),
  polling: z
    .enum(['spare', 'off'])
    .default('spare')
    .describe(
      'Whether calls that live traffic leaves over are used to look for changes at OneFile, and for the standing audit of differences (D-4).',
    ),
  callsPerMinute: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(280)
    .describe('Calls in any 60 seconds, over all processes; at most 300 but for the simulator (OF-80).'),
  pollingShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      'How much of the calls that live traffic leaves polling between full runs may take, 0 to 1; 0 = none (D-18).',
    ),
  uploadReviews: onOff.default(true).describe('Whether new reviews go to OneFile (OF-50).'),
  downloadReviews: onOff.default(true).describe('Whether reviews of OneFile come to PICS (OF-53).'),
  uploadReviewTypes: codes
    .optional()
    .describe('Review types that are sent; the Normal type when absent (A-1).'),
  reviewSettleSeconds: z
    .number()
    .int()
    .min(0)
    .max(3600)
    .default(0)
    .describe('How long a new review waits for corrections before it is sent (OF-50).'),
  rescheduleFromOneFile: onOff.default(true).describe('Whether the proposed time follows OneFile (A-3).'),
  corrections: z
    .enum(['untilFullSync', 'off'])
    .default('untilFullSync')
    .describe(
      'Whether a registration or certificate value that was sent may still be corrected in PICS, until the next full synchronisation (D-11).',
    ),
  visitType: z
    .enum(['notSpecified', 'remote', 'faceToFace'])
    .default('notSpecified')
    .describe('Type of the visits that carry reviews (OF-51).'),
  downloadedReviewType: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe('Review type of reviews that come from OneFile; the Normal type when absent (OF-57).'),
  additionalAssessors: codes.default([]).describe('Learner-officer relationships sent at enrolment (OF-20).'),
  classroomFromMainTag: onOff.default(false).describe('Whether the Main Tag names the classroom (OF-13).'),
  fallbackAssessorId: id.optional().describe('Assessor where PICS names none (A-37).'),
  fallbackClassroomId: id.optional().describe('Classroom where PICS names none (A-37).'),
  fallbackPlacementId: id.optional().describe('Placement where PICS names none (A-37).'),
  officerCreateEmail: onOff.default(true).describe("Whether an officer's e-mail goes with the name (A-40)."),
  sendMisValue: onOff.default(true).describe('Whether the PICS code is sent as MIS value (A-38).'),
  matchBy: z
    .enum(['id', 'misValue'])
    .default('id')
    .describe('How officers and organisations are matched (OF-35).'),
  unitsPolicy: z
    .enum(['skip', 'import'])
    .default('skip')
    .describe('Element counters of a qualification with units (OF-45).'),
  unitsScope: z
    .enum(['elements', 'all'])
    .default('elements')
    .describe('What units keep back: the counters, or the whole qualification (A-27).'),
  readUnitSummaries: onOff
    .default(false)
    .describe('Whether element counters come from unit summaries: one more call a learner (A-28).'),
  unknownVisit: z
    .enum(['repeat', 'hold'])
    .default('repeat')
    .describe('What happens when the creation of a visit was not answered (A-24).'),
  learnerDetails: detailMode.describe('Which side wins for learner details after enrolment (OF-70).'),
  officerDetails: detailMode.describe('The same for linked officers (OF-71).'),
  organisationDetails: detailMode.describe('The same for linked organisations (OF-72).'),
  learnerDetailFields: z
    .array(z.enum(learnerFields))
    .default([...learnerFields])
    .describe('Which details (A-43).'),
  officerDetailFields: z
    .array(z.enum(officerFields))
    .default([...officerFields])
    .describe('Which details (A-43).'),
  organisationDetailFields: z
    .array(z.enum(organisationFields))
    .default([...organisationFields])
    .describe('Which details (A-43).'),
  pushMainOfficer: onOff.default(false).describe('Whether a changed Main Officer is sent (A-6).'),
  pushPlacement: onOff.default(false).describe('Whether a changed placement is sent (A-7).'),
  pageSize: z.number().int().min(1).max(1000).default(100).describe('Rows asked for on a page.'),
  connections: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(64)
    .describe('Connections to OneFile a process keeps.'),
  connectTimeoutMs: durationMs.default(5_000).describe('Time limit for a connection.'),
  callTimeoutMs: durationMs
    .default(60_000)
    .describe(
      'Time limit for a whole call. A create without an answer counts as not done after twice this time and 20 s, if it is not found.',
    ),
  names: z
    .record(z.string(), z.string().trim().min(1))
    .default({})
    .describe('Names at OneFile that differ from the assumed ones, by their key.'),
} as const;

/**
 * OF-4: the `onefile` section of the configuration. Names and defaults are those of the exchange rules.
 *
 * The shape checks each setting by itself. The refinement checks settings together: one centre only, a free
 * address and more than 300 calls a minute for the simulator only, known keys in `names`, and what enabling
 * needs.
 */
export const oneFileSection = z.strictObject(shape).superRefine((section, context) => {
  const fault = (path: string, message: string): void =>
    context.addIssue({ code: 'custom', path: path.split('.'), message });
  const isSimulator = section.environment === 'simulator';
  if (section.centreId?.includes(',')) {
    const reason =
      section.matchBy === 'misValue'
        ? 'names several centres: this version serves one'
        : 'must be one centre: several need matchBy misValue, and this version serves one';
    fault('centreId', reason);
  }
  if (!isSimulator && section.baseUrl !== undefined) {
    fault('baseUrl', 'is for the environment simulator only: the others have fixed addresses');
  }
  if (!isSimulator && section.callsPerMinute > mostCallsPerMinute) {
    fault('callsPerMinute', `must be at most ${mostCallsPerMinute}: OneFile refuses more`);
  }
  for (const key of Object.keys(section.names)) {
    const isKnown = assumedNames.some((name) => name.key === key);
    if (!isKnown) fault('names', `has no name with the key ${key}`);
  }
  if (!section.enabled) return;
  if (section.customerToken === undefined) fault('customerToken', 'is needed to enable OneFile');
  if (section.environment === undefined) fault('environment', `must be one of ${environments.join(', ')}`);
  if (isSimulator && section.baseUrl === undefined)
    fault('baseUrl', 'is needed for the environment simulator');
});

export type OneFileSection = z.output<typeof oneFileSection>;
