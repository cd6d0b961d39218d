import {
  changeSwitches,
  choice,
  count,
  initialValues,
  names,
  type SwitchChange,
  type SwitchTable,
  type ValuesOf,
} from '../common/switches.ts';
import { FIELDS } from './core/fields.ts';

const patchable = FIELDS.learners.filter(({ patch }) => patch).map(({ name }) => name);

/** Every point on which public knowledge of Smart Assessor has a gap, with the answers the simulator can give. */
export const SWITCH_TABLE = {
  'auth-strategy': choice('both', 'basic-key', 'token'),
  'token-life-s': count(3600, 1),
  sso: choice('off', 'on'),
  'employer-required': choice('off', 'on'),
  'sex-required': choice('off', 'on'),
  'user-name': choice('optional', 'required', 'generated'),
  'password-demanded': choice('off', 'on'),
  'enforce-widths': choice('off', 'on'),
  'error-form': choice('model-state', 'message-only', 'html'),
  'welcome-mail': choice('on-first-course', 'on-create', 'never'),
  'welcome-mail-default': choice('off', 'on'),
  'single-call-enrol': choice('off', 'on'),
  'mis-id': choice('stored', 'dropped'),
  'mis-id-unique': choice('off', 'on'),
  'mis-id-filter': choice('on', 'ignored'),
  'near-match': choice('create', 'queue'),
  'list-lag-s': count(0, 0),
  'ignored-learner-fields': names(...patchable),
  'ignored-answer': choice('silent', 'reject'),
  'null-form': choice('null', 'empty', 'omit'),
  'clear-form': choice('empty-clears', 'null-clears', 'never'),
  'course-active-flag': choice('shown', 'hidden'),
  'course-end-date': choice('optional', 'required', 'refused'),
  'second-assessor': choice('on', 'off'),
  units: choice('off', 'counts', 'full'),
  'smart-coach': choice('off', 'on'),
  'session-shape': choice('rows', 'first-only', 'grouped'),
  'cancelled-visibility': choice('shown', 'hidden'),
  'archived-visibility': choice('hidden', 'flagged', 'gone'),
  'archived-update': choice('allow', 'refuse'),
  'rest-dates': choice('iso', 'uk', 'offset'),
  'enum-form': choice('name', 'label', 'code'),
  'guid-form': choice('lower', 'upper-braces'),
  'percent-form': choice('number', 'text', 'text-percent'),
  'list-envelope': choice('array', 'wrapped', 'single-as-object'),
  'page-size': count(0, 0),
  'modified-since': choice('off', 'on'),
  'rate-limit-per-minute': count(0, 0),
  'retry-after': choice('seconds', 'date', 'none'),
  'status-transitions': choice('table', 'free'),
  'formal-review-file': choice('off', 'on'),
  'rag-from-zero': choice('off', 'on'),
  'dirty-data': choice('off', 'on'),
  'g1-strict': choice('off', 'on'),
  'g1-mis-id-form': choice('text', 'integer'),
  'g1-dob-read': choice('dd/mm/yyyy', 'yyyy/mm/dd', 'yyyy-mm-dd'),
  'g1-user-type-read': choice('number', 'label'),
  'g1-progress-rows': choice('full', 'split'),
  'g1-fault-status': choice('500', 'by-code'),
} as const satisfies SwitchTable;

export type SwitchValues = ValuesOf<typeof SWITCH_TABLE>;

export const defaultSwitches = (): SwitchValues => initialValues(SWITCH_TABLE);

export const decideSwitches = (
  present: SwitchValues,
  wanted: Readonly<Record<string, unknown>>,
): SwitchChange<SwitchValues> => changeSwitches(SWITCH_TABLE, present, wanted);
