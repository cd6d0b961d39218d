/* The switches of OneFile, and profiles, which set several of them at once. */

import {
  changeSwitches,
  choice,
  count,
  initialValues,
  name,
  type SwitchChange,
  type SwitchTable,
  type ValuesOf,
} from '../common/switches.ts';

/** Every point on which public knowledge of OneFile has a gap, with the answers the simulator can give. */
export const SWITCH_TABLE = {
  'expired-session': choice('401-json', '401-empty', '403-json'),
  'bad-customer-token': choice('401-json', '403-json', '400-json'),
  'rate-limit': count(300, 0),
  'rate-window': choice('clock-minute', 'from-first', 'sliding'),
  'rate-scope': choice('customer', 'session', 'address'),
  'rate-counts-auth': choice('yes', 'no'),
  'rate-body': choice('json', 'empty'),
  'rate-retry-after': choice('none', 'seconds', 'http-date'),
  'error-400': choice('known-codes', 'reserved-only', 'pascal-names', 'text', 'empty'),
  'unknown-get': choice('404', '400-json', '204'),
  'foreign-organisation': choice('403', '400-json', '204'),
  'paged-rows': choice('full', 'short'),
  'unpaged-rows': choice('short', 'full'),
  'page-past-end': choice('204', '200-empty-array', 'repeat-last'),
  'page-size-max': count(1000, 1),
  /** `cap` counts pages by the size it gives, `cut` by the size that was asked for. */
  'page-size-over': choice('400', 'cap', 'cut'),
  'result-order': choice('id-asc', 'id-desc', 'shuffled'),
  'name-filter': choice('exact-ci', 'prefix-ci', 'contains-ci', 'ignored'),
  'misid-filter': choice('users', 'all', 'ignored'),
  'archived-in-search': choice('unmarked', 'marked', 'hidden'),
  'misid-unique': choice('no', 'per-role'),
  'last-modified-moves': choice('user-writes', 'all-writes'),
  'last-modified-output': choice('present', 'absent'),
  'date-output': choice('iso-ms-z', 'iso-s-z', 'ticks', 'zoneless'),
  nulls: choice('omitted', 'explicit'),
  'certificate-received-name': name('CertificateReceivedDate'),
  elements: choice('none', 'pair', 'units'),
  'elements-total-name': name('ElementsTotal'),
  'elements-done-name': name('ElementsDone'),
  'standard-code': choice('property', 'in-title', 'none'),
  'standard-code-name': name('NDAQCode'),
  'aim-statuses': choice('0-1-2', 'renumbered'),
  'clear-by-null': choice('ignored', 'clears'),
  'aim-update-answer': choice('204', '200-empty', '200-id', '200-object'),
  'standard-reassign': choice('existing-id', 'new-aim', '400'),
  'unit-reassign': choice('400', 'existing-id'),
  'template-reassign': choice('idempotent', 'duplicates', '400'),
  'review-status': choice('moves', 'fixed-1'),
  'review-date-filter': choice('scheduled-inclusive', 'scheduled-end-exclusive', 'created', 'ignored'),
  'review-update': choice('until-started', 'always', '405', '404'),
  'review-without-visit': choice('accepted', '400'),
  'duplicate-create': choice('new-record', '400-same-misid', '400-same-email'),
  'maintenance-answer': choice('503-json', '503-html', 'refuse'),
  'user-create-answer': choice('id-username-echo', 'id-only', 'bare-id'),
  'assign-learner-in-path': choice('400', '204-no-effect'),
  'unproven-endpoints': choice('404', '403'),
  'session-lifetime-s': count(86_400, 1),
  'session-expiry': choice('fixed', 'sliding'),
  'session-parallel': choice('many', 'one'),
  'token-body': choice('bare', 'json-string'),
  'create-answer': choice('bare-int', 'quoted-int'),
  'no-match': choice('204', '200-empty-array'),
  'other-write-answer': choice('204', '200-empty', '200-object'),
  'email-mandatory': choice('yes', 'no'),
  'visit-type-check': choice('0-1-2', 'any'),
  'archived-write': choice('accepted', '400'),
  'review-needs-aims': choice('no', '400'),
  'ui-date-storage': choice('london-midnight', 'utc-midnight'),
  'latency-ms': count(0, 0),
} as const satisfies SwitchTable;

export type SwitchValues = ValuesOf<typeof SWITCH_TABLE>;

/** Values that differ from the default in each profile; `default` restores everything. */
const PROFILES: Readonly<Record<string, Partial<SwitchValues>>> = {
  default: {},
  awkward: {
    'expired-session': '401-empty',
    'rate-body': 'empty',
    'error-400': 'text',
    'paged-rows': 'short',
    'page-past-end': 'repeat-last',
    'result-order': 'shuffled',
    'name-filter': 'contains-ci',
    'date-output': 'zoneless',
    nulls: 'explicit',
    'aim-update-answer': '200-object',
    'no-match': '200-empty-array',
    'create-answer': 'quoted-int',
    'user-create-answer': 'id-only',
    'other-write-answer': '200-empty',
  },
};

export const defaultSwitches = (): SwitchValues => initialValues(SWITCH_TABLE);

/** All values after a change. A `profile` is applied before the other switches; one fault refuses the whole change. */
export function decideSwitches(
  present: SwitchValues,
  { profile, ...wanted }: Readonly<Record<string, unknown>>,
): SwitchChange<SwitchValues> {
  if (profile === undefined) return changeSwitches(SWITCH_TABLE, present, wanted);
  if (typeof profile !== 'string' || !Object.hasOwn(PROFILES, profile)) {
    return { kind: 'refused', error: `profile must be one of ${Object.keys(PROFILES).join(', ')}` };
  }
  const base = profile === 'default' ? defaultSwitches() : present;
  return changeSwitches(SWITCH_TABLE, { ...base, ...PROFILES[profile] }, wanted);
}
