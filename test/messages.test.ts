import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const rules = 'src/vendors/onefile/rules';
const saRules = 'src/vendors/smart-assessor/rules';
const requests = 'src/requests';

/** The test in which each message comes from what raises it, and is not only handed on. */
const producedBy: Readonly<Record<string, string>> = {
  NOT_LICENSED: `${requests}/enable.test.ts`,
  SETTINGS_MISSING: `${requests}/enable.test.ts`,
  BAD_SIGN_IN: 'src/vendors/onefile/client/session.test.ts',
  UNREACHABLE: 'src/vendors/onefile/client/connection-test.test.ts',
  MANY_CENTRES: `${requests}/enable.test.ts`,
  DISABLED: `${requests}/dispatch.test.ts`,
  RUNNING: `${requests}/pass-requests.test.ts`,
  NO_LEARNER: `${rules}/links.acceptance.test.ts`,
  NO_OFFICER: `${rules}/links.acceptance.test.ts`,
  NO_ORGANISATION: `${rules}/links.acceptance.test.ts`,
  NOT_LINKED: `${rules}/links.acceptance.test.ts`,
  NO_ASSESSOR: `${rules}/people.acceptance.test.ts`,
  MIS_NOT_UNIQUE: `${rules}/people.acceptance.test.ts`,
  ID_NOT_FOUND: `${rules}/links.acceptance.test.ts`,
  ID_IN_USE: `${rules}/links.acceptance.test.ts`,
  ID_CLAIMED_TWICE: `${rules}/bad-input.acceptance.test.ts`,
  ID_OTHER_PERSON: `${rules}/links-follow.acceptance.test.ts`,
  CROSSED_RECORDS: `${rules}/links-follow.acceptance.test.ts`,
  OFFICER_NOT_LINKED: `${rules}/full-pass.acceptance.test.ts`,
  LINK_GONE: `${rules}/people.acceptance.test.ts`,
  NO_DETAILS_ROW: `${rules}/links-follow.acceptance.test.ts`,
  AIM_UNCLEAR: `${rules}/links-follow.acceptance.test.ts`,
  REVIEW_NO_OFFICER: `${rules}/upload-reviews.test.ts`,
  REVIEW_NO_DATE: `${rules}/values.acceptance.test.ts`,
  UNKNOWN_OUTCOME: 'src/engine/settle-open-intent.test.ts',
  ID_FIELD_CHANGED: `${rules}/upload-reviews.test.ts`,
  VENDOR_ERROR: 'src/engine/perform-call.test.ts',
  VENDOR_REFUSED: `${rules}/bad-luck.acceptance.test.ts`,
  PICS_REFUSED: 'src/reconciling/held-records.test.ts',
  UNREADABLE_DATE: `${rules}/unreadable.test.ts`,
  UNREADABLE_VALUE: `${saRules}/progression.acceptance.test.ts`,
  TYPE_NOT_MAPPED: `${saRules}/events.acceptance.test.ts`,
  STATE_NOT_MAPPED: `${saRules}/events.acceptance.test.ts`,
  COURSE_UNCLEAR: `${saRules}/progression.acceptance.test.ts`,
  NO_EPISODE_ROW: `${saRules}/taken-over.acceptance.test.ts`,
  VALUE_NOT_KEPT: `${rules}/values.acceptance.test.ts`,
  DELETIONS_HELD: 'src/polling/learners.test.ts',
  DRIFT: 'src/drift/drift.acceptance.test.ts',
  NOT_READABLE: 'src/polling/read-steadily.test.ts',
  DESKTOP_ON: `${requests}/enable.test.ts`,
  WARNINGS_OPEN: `${requests}/enable.test.ts`,
  PLAN_STALE: `${requests}/enable.test.ts`,
  ALREADY_LINKED: `${rules}/enrol.acceptance.test.ts`,
  NO_NAME: `${rules}/enrol.acceptance.test.ts`,
  NO_EMAIL: `${rules}/enrol.acceptance.test.ts`,
  NO_CLASSROOM: `${rules}/enrol.acceptance.test.ts`,
  NO_PLACEMENT: `${rules}/people.acceptance.test.ts`,
  CHOOSE: `${rules}/enrol.acceptance.test.ts`,
  POSSIBLE_DUPLICATE: `${rules}/enrol.acceptance.test.ts`,
  ARCHIVED: `${rules}/archived.acceptance.test.ts`,
  VALUE_IN_USE: `${rules}/in-use.acceptance.test.ts`,
  VALUE_IN_USE_ELSEWHERE: `${rules}/in-use.acceptance.test.ts`,
  QUALIFICATION_SKIPPED: `${rules}/enrol/plan-qualifications.test.ts`,
  MERGE_CONFLICT: 'test/stack/store-rename.test.ts',
  ULN_INVALID: `${rules}/enrol.acceptance.test.ts`,
  COURSE_INACTIVE: `${saRules}/enrol-courses.acceptance.test.ts`,
  COURSE_NOT_SHOWN: `${saRules}/bad-luck.acceptance.test.ts`,
  QUEUED_FOR_MATCHING: `${saRules}/bad-luck.acceptance.test.ts`,
  OWNER_HELD: `${saRules}/bad-luck.acceptance.test.ts`,
  NO_START_DATE: `${saRules}/enrol-courses.acceptance.test.ts`,
  NOT_SUPPORTED: `${saRules}/enrol.acceptance.test.ts`,
  NO_WELCOME_EMAIL: `${saRules}/enrol.acceptance.test.ts`,
  SEVERAL_SECOND_ASSESSORS: `${saRules}/enrol-courses.acceptance.test.ts`,
  RUN_ORDER: `${requests}/runs.test.ts`,
  NO_RUN: `${requests}/runs.test.ts`,
  RUN_STATE: `${requests}/runs.test.ts`,
  RUN_PASS: `${requests}/runs.test.ts`,
  RUN_SOURCE: 'src/runs/replay.acceptance.test.ts',
  RUN_NOBODY: 'src/runs/work.acceptance.test.ts',
  RUN_WAITS: 'src/runs/work.acceptance.test.ts',
  RUN_PASSED: 'src/runs/work.acceptance.test.ts',
  MANY_FAILED: 'src/runs/killed.property.test.ts',
  UNKNOWN_COMMAND: `${requests}/dispatch.test.ts`,
  INPUT_MISSING: `${requests}/look-up.test.ts`,
  SUPERSEDED: `${requests}/switch-order.test.ts`,
  ANSWER_REFUSED: 'src/reconciling/answers.test.ts',
  UNEXPECTED_RECORD: 'src/reconciling/held-records.test.ts',
  UNEXPECTED: `${requests}/dispatch.test.ts`,
  COLUMN_NOT_EMPTIED: `${requests}/link.test.ts`,
  NOT_HELD: `${requests}/skip.test.ts`,
  REASON_MISSING: `${requests}/skip.test.ts`,
};

const known = [...read('src/domain/messages.ts').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, code = '']) => code);

test('A-20: the table above names every message, and no other', () => {
  expect(known.length).toBeGreaterThan(30);
  expect(Object.keys(producedBy).toSorted()).toEqual(known.toSorted());
});

test.each(Object.entries(producedBy))('%s is expected by the test that produces it', (code, file) => {
  expect(existsSync(path.join(root, file)), file).toBe(true);
  expect(findExpected(read(file), code), `${file} expects no ${code}`).not.toEqual([]);
});

test('every message is raised somewhere, and nothing raised is without its sentence', () => {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'domain/messages.ts')
    // What the page refuses has its sentence beside the code: it is no answer of a command.
    .filter((file) => !file.startsWith('page/'))
    .map((file) => read(path.join('src', file)))
    .join('\n');
  expect(known.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  const raised = [...sources.matchAll(/(?:\bcode: |\b(?:refused|failed|held)\()'([A-Z][A-Z_]+)'/g)];
  const unknown = new Set(raised.map(([, code = '']) => code).filter((code) => !known.includes(code)));
  expect([...unknown].filter((code) => !neverShown.includes(code))).toEqual([]);
});

/** Codes of log lines, of the journal and of counters: no answer has one. */
const neverShown: readonly string[] = [
  ...['ABANDONED', 'ABSENT', 'ADOPTED', 'NOT_SENT', 'ORPHAN', 'POSSIBLE_ORPHAN', 'WITHDRAWN'],
  ...[
    'CONNECTION_LOST',
    'PICS_LOCKED',
    'REDIS_AWAY',
    'REDIS_BACK',
    'TRACES_AWAY',
    'TRACES_BACK',
    'VENDOR_CHANGED_IT',
  ],
];

describe('the tests above fail when they should', () => {
  test.each([
    ["expect(a).toEqual([\n  ['x', 'RUNNING'],\n]);\n", 1],
    ["  expect(a).toMatchObject({ code: 'RUNNING' });\n", 1],
    ["test.each([\n  ['a', 'RUNNING'],\n])('%s', (a, code) => {\n", 1],
    ["const held = [{ code: 'RUNNING' }];\nexpect(a).toEqual([]);\n", 0],
    ["expect(a).toBe('NOT_RUNNING');\n", 0],
  ])('an expectation is known from a mention: %s', (text, count) => {
    expect(findExpected(text, 'RUNNING')).toHaveLength(count);
  });
});

/** Expectations that name a code: statements that begin with `expect`, or with a call that does, and tables of tests. */
function findExpected(text: string, code: string): string[] {
  const statements = text.matchAll(/\bexpect\w*\(.*?\);\n/gs);
  const tables = text.matchAll(/\btest\.each.*?\]\)\(/gs);
  const naming = new RegExp(`(?<![A-Z_])${code}(?![A-Z_])`);
  return [...statements, ...tables].map(([found]) => found).filter((found) => naming.test(found));
}
