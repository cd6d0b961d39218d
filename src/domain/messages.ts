import { vendorTitles } from './vendor-name.ts';

/**
 * Message texts by code, for administrators. The `{}` gaps are filled from the params of a hold or an
 * answer.
 */
const texts: Readonly<Record<string, string>> = {
  NOT_LICENSED: 'The {vendor} integration is not licensed for this PICS.',
  SETTINGS_MISSING: '{vendor} cannot be enabled: fill in {settings}.',
  BAD_SIGN_IN:
    '{vendor} did not accept the sign-in details. Check them with {vendor}; a token works in one environment only.',
  UNREACHABLE:
    '{vendor} cannot be reached at {address}. Ask your network team whether the connection is allowed.',
  MANY_CENTRES: 'Your {vendor} token reaches {n} centres. Choose one centre in the settings.',
  DISABLED: 'The {vendor} integration is not enabled.',
  RUN_ORDER: 'The run cannot be planned: {reason}.',
  NO_RUN: 'There is no run {run} of {vendor}.',
  RUN_STATE: 'Run {run} is {state} and cannot be {wanted}.',
  RUN_PASS:
    'Run {run} reads everything of {vendor}, so it cannot be stopped: it would be due again at once. Pause it, or disable {vendor}.',
  RUN_NOBODY: 'Nobody in PICS fits what the run was asked for.',
  RUN_SOURCE: 'The change topics cannot be read as the run was asked to: {reason}',
  RUN_WAITS: '{vendor} does not answer ({reason}). The run goes on when it does.',
  RUN_PASSED:
    '{learners} learners were exchanged, {linked} got their link, {published} records were taken over.',
  MANY_FAILED:
    'The run was paused: {n} of its last {of} learners failed for one reason, {reason}. Look at the report, and resume the run or stop it.',
  RUNNING: 'A synchronisation with {vendor} is already running, started {time}.',
  NO_LEARNER: 'There is no {kind} {code} in PICS.',
  NO_OFFICER: 'There is no {kind} {code} in PICS.',
  NO_ORGANISATION: 'There is no {kind} {code} in PICS.',
  NOT_LINKED: '{name} ({ident}) is not linked to {vendor}. Enrol the learner, or enter the {vendor} id.',
  NO_ASSESSOR:
    'No assessor for {name} ({ident}): set a Main Officer with an e-mail address, or a fallback assessor in the settings.',
  MIS_NOT_UNIQUE:
    '{vendor} has several assessors with the MIS value {code}: {names}. Archived ones count. Correct them in {vendor} and try again.',
  ID_NOT_FOUND: '{vendor} has no {kind} with the id {id}.',
  ID_IN_USE: '{vendor} id {id} is already linked to {kind} {code}. Remove that link first.',
  ID_CLAIMED_TWICE:
    '{vendor} id {id} stands in PICS at more than one {kind}: {names}. None of them is linked until it is corrected.',
  ID_OTHER_PERSON:
    '{vendor} learner {id} seems to be another person than {name} ({ident}): {differs} differ. Correct the id in PICS, or confirm it with the command that links a learner.',
  LINK_GONE: 'The {vendor} record {id} linked to {kind} {code} no longer exists. Look it up again.',
  NO_DETAILS_ROW:
    '{name} ({ident}) is linked to {vendor}, but PICS has no details of the learner, where the id belongs. Open the learner in PICS and save it once; the id follows.',
  AIM_UNCLEAR:
    '{vendor} shows several learning aims for {reference} of {name} ({ident}), and it is not clear which one counts: {ids}. Correct their status and dates in {vendor}, then refresh the learner.',
  CROSSED_RECORDS:
    '{name} ({ident}) was linked to {vendor} learner {id} before. Sent there: {sent}, of which {started} were started and stay as they are. Came down from it: {down}. Values that may be of that learner and are not sent on: {values}. Correct them in PICS and in {vendor}, then retry this item.',
  OFFICER_NOT_LINKED:
    'Officer {officer} is dormant in PICS and not linked, so no account is created at {vendor}. Link the officer, name another one, or set it live.',
  REVIEW_NO_OFFICER:
    'The review of {name} ({ident}) on {date} has no officer and the learner has no Main Officer.',
  REVIEW_NO_DATE:
    'The review of {name} ({ident}) has no proposed date that can be read ({text}). Enter one in PICS.',
  UNKNOWN_OUTCOME:
    '{vendor} did not answer when creating {what}. It was searched for and {n} matches were found. Choose one, or retry.',
  ID_FIELD_CHANGED:
    'The {vendor} id of the review of {name} ({ident}) on {date} was changed or cleared in PICS. Restore {id}, or skip.',
  VENDOR_ERROR:
    '{vendor} answered {n} attempts at {what} ({code}) with an error, or not at all, while it answered for others. Report it to {vendor}, then retry.',
  VENDOR_REFUSED: '{vendor} refused {what}: {message}.',
  PICS_REFUSED: 'PICS refused the value that {vendor} holds for {what} (database code {state}).',
  UNEXPECTED_RECORD:
    'What {vendor} shows of {what} was not taken over because of a fault in this program ({error}). The log says where; once that is put right, refresh the learner.',
  UNREADABLE_DATE: '{vendor} shows a value in {field} of {what} that is not a date. Correct it in {vendor}.',
  UNREADABLE_VALUE:
    '{vendor} shows a value in {field} of {what} that is not a number it can be. Correct it in {vendor}.',
  TYPE_NOT_MAPPED:
    '{vendor} event type {type} has no PICS review type, so an event of {name} ({ident}) on {date} waits. Add the type to the mapping in the settings; what waits is then taken over.',
  STATE_NOT_MAPPED:
    '{vendor} shows an event of {name} ({ident}) on {date} in the state {state}, so Attended stays Unknown. Add the state to the attendance mapping in the settings.',
  COURSE_UNCLEAR:
    '{name} ({ident}) is on several courses for {reference} at {vendor}, and it is not clear which one counts: {ids}. Correct their status and dates in {vendor}, or name the course of this reference in the settings, then refresh the learner.',
  NO_EPISODE_ROW:
    '{name} ({ident}) is linked to {vendor}, but PICS has no episode data of the learner, where the risk belongs. Open the learner in PICS and save it once, then refresh the learner.',
  VALUE_NOT_KEPT:
    '{vendor} accepted the {field} of {what} and did not keep it. Enter it in {vendor}, or ask {vendor} why, then retry.',
  DELETIONS_HELD:
    '{vendor} no longer shows {n} records, more than may vanish without a person looking. Check {vendor}. If they are gone, retry: the next full synchronisation then takes them for deleted.',
  DRIFT:
    'PICS and {vendor} differ for {name} ({ident}), and no rule says why: {where}. "drift show {ident}" shows on which side what is missing; "drift heal" plans a run that exchanges it again. The next audit closes this item when the difference is gone.',
  NOT_READABLE:
    '{vendor} could not show {what} in {n} full synchronisations in a row, while it showed the rest. Everything else goes on; ask {vendor} to look at it.',
  DESKTOP_ON: 'Confirm that {vendor} synchronisation in desktop PICS is switched off.',
  WARNINGS_OPEN: 'Read and confirm the warnings first: {list}.',
  PLAN_STALE: 'PICS or {vendor} has changed since the plan was made. Look at the new plan and approve it.',
  ALREADY_LINKED: '{name} ({ident}) is already linked to {vendor} learner {id}.',
  NO_NAME: '{name} ({ident}) has no name. {vendor} needs one; add it in PICS and try again.',
  NO_EMAIL: '{name} ({ident}) has no e-mail address. {vendor} needs one; add it in PICS and try again.',
  NO_CLASSROOM:
    '{vendor} needs a classroom for {name} ({ident}). Add one in PICS, or set a fallback in the settings.',
  NO_PLACEMENT:
    '{vendor} needs a placement for {name} ({ident}). Add one in PICS, or set a fallback in the settings.',
  CHOOSE: '{reference} exists more than once at {vendor}. Choose one in the preview.',
  POSSIBLE_DUPLICATE:
    '{vendor} already has a learner like {name}: id {ids}. Enter that id instead, or confirm that a second record is wanted.',
  ARCHIVED:
    '{name} ({ident}) is archived at {vendor}, so nothing is sent. Restore the learner there if it should be; what waits is sent then.',
  VALUE_IN_USE:
    '{vendor} refuses {name} ({message}): the {value} belongs to {holder} there. If it is the same person, enter that id; else correct one of the two, and try again.',
  VALUE_IN_USE_ELSEWHERE:
    '{vendor} refuses {name}: the {value} is in use there, but by no record that this token can see. Ask {vendor} whose it is. Its words: {message}.',
  QUALIFICATION_SKIPPED:
    '{reference} is not available at {vendor}. Check the reference (standards: code with AS, OP, GW or EP) and refresh the qualification links.',
  COURSE_INACTIVE: '{reference} is not active at your {vendor} site. Ask for it to be activated, then retry.',
  COURSE_NOT_SHOWN:
    '{vendor} accepted {name} ({ident}) on {reference} and does not show it. Look there, then retry.',
  QUEUED_FOR_MATCHING:
    '{vendor} keeps {what} ({code}) back because it resembles a record that is there. Decide there whether it is the same one; it is linked as soon as it is shown with its key. Retry only if it was thrown away there.',
  OWNER_HELD:
    'The enrolment of {name} ({ident}) waits for {kind} {code}, of which {vendor} has not shown what became of it. See what is held there, and retry that.',
  NO_START_DATE: '{reference} of {name} ({ident}) has no start date. {vendor} needs one; add it in PICS.',
  NOT_SUPPORTED: 'The interface of {vendor} that is in use has no place for {what}: it is left out.',
  NO_WELCOME_EMAIL: '{name} ({ident}) has no e-mail address, so {vendor} can send no sign-in e-mail.',
  SEVERAL_SECOND_ASSESSORS:
    '{name} ({ident}) has several officers in the relationship {relation}; {officer} is taken as the second assessor.',
  MERGE_CONFLICT: '{kind} {a} and {b} were merged but have different {vendor} ids. Choose one.',
  ULN_INVALID: 'The ULN of {name} ({ident}) is not a valid number and was left out. Correct it in PICS.',
  ANSWER_REFUSED:
    'The command has ended ({status}), but PICS did not take its answer (database code {state}). The history of the learner shows what was done: "timeline".',
  UNKNOWN_COMMAND: 'There is no command {command}.',
  INPUT_MISSING: 'The command {command} needs {input}.',
  SUPERSEDED: 'Nothing was changed: a command that was given later has switched {vendor} meanwhile.',
  UNEXPECTED:
    'The work on {what} failed unexpectedly, again and again ({where}). Give it again, or retry, once that is put right.',
  COLUMN_NOT_EMPTIED:
    'PICS still shows the {vendor} id {id} of {kind} {code}: the reconciler has not emptied the column. See with "pics-sync lag" that it runs, then give the command again.',
  NOT_HELD: 'This item is not waiting.',
  REASON_MISSING: 'Give a reason.',
};

/** Names for the steps of the engine in messages. */
const stepWords: Readonly<Record<string, string>> = {
  'create-learner': 'the new learner',
  'create-assessor': 'the new assessor',
  'create-placement': 'the new placement',
  'create-employer': 'the new employer',
  'enrol-on-course': 'the enrolment on the course',
  'set-assessor': 'the assessor of the course',
  'set-second-assessor': 'the second assessor of the course',
  'create-visit': 'the visit of the review',
  'create-review': 'the new review',
  'assign-standard': 'the qualification',
  'assign-assessor': 'the assessor of the learner',
  'update-aim': 'the change of the qualification',
  'update-learner': 'the change of the learner',
  'update-assessor': 'the change of the assessor',
  'update-placement': 'the change of the placement',
  'read-aims': 'the look at the aims',
  'read-aim': 'the look at the aim',
  'read-learner': 'the look at the learner',
  'read-reviews': 'the look at the reviews',
  'read-courses': 'the look at the courses',
  'read-sessions': 'the look at the events',
  'read-assessor': 'the look at the assessor',
  'check-learner': 'the look-up of the learner',
  'find-learner': 'the look-up of the learner',
  'find-assessor': 'the look-up of the assessor',
  'find-placement': 'the look-up of the placement',
  'find-employer': 'the look-up of the employer',
};

/** The sentence for a code. An unknown code is returned as it is; a gap without a param reads `…`. A `reason` is a
 * sentence that follows. */
export function messageOf(code: string, params: Readonly<Record<string, string>>): string {
  const text = texts[code];
  if (text === undefined) return code;
  const filled = text.replaceAll(/\{([a-z]+)\}/g, (_gap, name: string) => {
    const value = params[name];
    if (value === undefined) return '…';
    if (name === 'what') return stepWords[value] ?? value;
    return name === 'vendor' ? ((vendorTitles as Readonly<Record<string, string>>)[value] ?? value) : value;
  });
  const { reason } = params;
  const whole = reason === undefined ? filled : `${filled} ${reason}`;
  return whole.replace(/\.\.$/, '.');
}
