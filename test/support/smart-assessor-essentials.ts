import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Answer, Listing } from '../../src/vendors/smart-assessor/port.ts';
import type { setupSmartAssessor } from './smart-assessor-client.ts';

type Site = ReturnType<typeof setupSmartAssessor>;

/** What came of a call in one word or two: `ok`, `rejected duplicate-login userName`, `unknown`. */
export function toWord(answer: Answer<unknown>): string {
  switch (answer.kind) {
    case 'rejected':
      return ['rejected', answer.code, ...answer.fields].join(' ');
    case 'unsupported':
      return `unsupported ${answer.capability}`;
    case 'unauthorized':
      return `unauthorized ${answer.part}`;
    case 'unreachable':
      return `unreachable ${answer.cause}`;
    case 'unknown':
      return answer.isEmptyId ? 'unknown empty-id' : 'unknown';
    default:
      return answer.kind;
  }
}

type Stored = Readonly<Record<string, string | number | boolean | null>>;

/** A record of the simulator's state, as it is kept there. */
function storedAt(site: Site, kind: string): Stored[] {
  return site.door('GET', `/records/${kind}`) as unknown as Stored[];
}

function toList(answer: Answer<Listing<unknown>>): Json {
  if (answer.kind !== 'ok') return toWord(answer);
  const { records, problems, isComplete } = answer.value;
  return `${records.length}${isComplete ? '' : ' incomplete'}${problems.length === 0 ? '' : ` ${problems.length} problems`}`;
}

/** Our name of a field and that of the state, for what both contracts can read. */
const compared = {
  learners: {
    misId: 'misId',
    familyName: 'familyName',
    givenNames: 'givenNames',
    dateOfBirth: 'dateOfBirth',
    niNumber: 'niNumber',
    email: 'email',
    phone: 'telNumber',
    mobile: 'mobile',
    addressLine1: 'homeAddress.line1',
    addressLine4: 'homeAddress.county',
    postcode: 'homeAddress.postCode',
    employerId: 'employerId',
  },
  assessors: { misId: 'misId', firstName: 'firstName', lastName: 'lastName', userName: 'userName' },
  employers: { misId: 'misId', name: 'name', edrs: 'edrsNumber', postcode: 'address.postCode' },
  courses: { title: 'title', qanCode: 'qanCode' },
} as const;

/** What stands at a path such as `homeAddress.line1`; null = blank. */
function at(row: Stored | undefined, path: string): unknown {
  let value: unknown = row;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return value ?? null;
}

/** Whether every record that was read is the one of the state, field by field. */
function isAsStored(
  site: Site,
  kind: keyof typeof compared,
  answer: Answer<Listing<{ readonly id: string }>>,
): boolean {
  if (answer.kind !== 'ok') return false;
  const stored = new Map(storedAt(site, kind).map((row) => [String(row['id']), row]));
  return answer.value.records.every((record) => {
    const row = stored.get(record.id);
    return Object.entries(compared[kind]).every(([ours, theirs]) => {
      return String((record as unknown as Stored)[ours] ?? null) === String(at(row, theirs));
    });
  });
}

const pascal = (text: string): string =>
  text.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** Whether progress and sessions are those of the state. */
async function areFiguresAsStored(site: Site): Promise<boolean> {
  const [courses, sessions] = [
    await site.call('read-learner-courses', {}),
    await site.call('read-sessions', {}),
  ];
  if (courses.kind !== 'ok' || sessions.kind !== 'ok') return false;
  const rows = new Map(
    storedAt(site, 'learnerCourses').map((row) => [`${row['learnerId']}/${row['courseId']}`, row]),
  );
  const times = new Map(storedAt(site, 'sessions').map((row) => [String(row['id']), row]));
  const isRight = (a: unknown, b: unknown): boolean => a === b;
  return (
    courses.value.records.every(({ learnerId, courseId, assessedPc, mappedPc, status, assessorId }) => {
      const row = rows.get(`${learnerId}/${courseId}`);
      return (
        isRight(assessedPc, row?.['progressAssessedPc']) &&
        isRight(mappedPc, row?.['progressMappedPc']) &&
        isRight(assessorId, row?.['assessorId']) &&
        isRight(pascal(String(status)), row?.['status'])
      );
    }) &&
    sessions.value.records.every(({ id, startsAt, durationMinutes, type }) => {
      const row = times.get(id);
      return (
        isRight(startsAt, row?.['start']) &&
        isRight(durationMinutes, row?.['durationMinutes']) &&
        pascal(String(type)).toLowerCase() === String(row?.['type']).toLowerCase()
      );
    })
  );
}

const newcomer = {
  misId: '104233',
  familyName: "O'Kafor & <Daughter>",
  givenNames: 'Ådá',
  dateOfBirth: '2004-02-29',
  uln: '9000000016',
  email: 'ada.okafor@example.org',
  mobile: null,
  addressLine1: '2 High Street',
  postcode: 'EX99 1AB',
  sendWelcomeEmail: true,
} as const;

/**
 * Every operation of the port, once or more, and what came of each. Where a create is not answered with an id, what
 * rests on it is left out.
 */
export async function runEssentials(site: Site): Promise<JsonObject> {
  const { call } = site;
  const seen: Record<string, Json> = {};
  seen['connection'] = toWord(await call('test-connection', {}));
  const [courses, employers] = [await call('read-courses', {}), await call('read-employers', {})];
  const assessors = await call('read-assessors', { includeArchived: true });
  const learners = await call('read-learners', { includeArchived: true });
  seen['courses'] = toList(courses);
  seen['employers'] = toList(employers);
  seen['assessors'] = toList(assessors);
  seen['learners'] = toList(learners);
  seen['learner-courses'] = toList(await call('read-learner-courses', {}));
  seen['sessions'] = toList(await call('read-sessions', {}));
  seen['asStored'] = [
    isAsStored(site, 'courses', courses),
    isAsStored(site, 'employers', employers),
    isAsStored(site, 'assessors', assessors),
    isAsStored(site, 'learners', learners),
    await areFiguresAsStored(site),
  ];
  const busy = storedAt(site, 'sessions').find((row) => row['status'] !== null) as unknown as {
    learners: { learnerId: string; courseIds: string[] }[];
  };
  const [attending] = busy.learners;
  seen['of a learner'] = [
    toList(await call('read-learner-courses', { learnerId: attending?.learnerId ?? '' })),
    toList(await call('read-sessions', { learnerId: attending?.learnerId ?? '' })),
    toList(
      await call('read-units', {
        learnerId: attending?.learnerId ?? '',
        courseId: attending?.courseIds[0] ?? '',
      }),
    ),
  ];
  const stranger = '00000000-0000-4000-8000-000000000000';
  const none = await call('find-learner', { misId: newcomer.misId });
  const nobody = await call('read-learner', { id: stranger });
  seen['absent'] = [
    none.kind === 'ok' ? none.value.kind : toWord(none),
    nobody.kind === 'ok' ? nobody.value : toWord(nobody),
    toWord(await call('update-learner', { id: stranger, fields: { mobile: '1' } })),
  ];

  const employer = await call('create-employer', {
    misId: 'HILLS1',
    name: 'Hillside Care Ltd',
    edrs: '900112239',
    postcode: 'EX99 1AA',
    addressLine1: '1 Mill Lane',
    phone: null,
    employerSize: '60',
  });
  seen['create employer'] = toWord(employer);
  const staff = {
    misId: '20017',
    firstName: 'Zoe',
    lastName: 'Ash',
    userName: 'zoe@example.org',
    email: 'zoe@example.org',
  };
  const assessor = await call('create-assessor', staff);
  seen['create assessor'] = [
    toWord(assessor),
    toWord(await call('create-assessor', { ...staff, misId: '20018' })),
  ];
  const learner = await call('create-learner', {
    ...newcomer,
    ...(employer.kind === 'ok' && { employerId: employer.value }),
  });
  seen['create learner'] = toWord(learner);
  const shown = [
    await call('find-employer', { misId: 'HILLS1' }),
    await call('find-assessor', { misId: '20017' }),
    await call('find-learner', { misId: newcomer.misId }),
  ];
  seen['found'] = shown.map((one) => (one.kind === 'ok' ? one.value.kind : toWord(one)));
  if (learner.kind !== 'ok') return seen;

  const id = learner.value;
  const known = storedAt(site, 'courses');
  const active = known.find((row) => row['isActive'] === true && row['qanCode'] !== null);
  const inactive = known.find((row) => row['isActive'] === false);
  const enrolment = (row: Stored | undefined) => ({
    learnerId: id,
    courseId: String(row?.['id']),
    qanCode: (row?.['qanCode'] ?? null) as string | null,
    title: String(row?.['title']),
    startDate: '2026-03-02',
    endDate: '2027-03-01',
  });
  const courseId = String(active?.['id']);
  seen['enrol'] = [
    toWord(await call('enrol-on-course', enrolment(active))),
    toWord(await call('enrol-on-course', enrolment(active))),
    toWord(await call('enrol-on-course', enrolment(inactive))),
  ];
  const assessorId = storedAt(site, 'assessors').find((row) => row['isArchived'] === false)?.['id'] as string;
  seen['set assessors'] = [
    toWord(await call('set-assessor', { learnerId: id, courseId, assessorId })),
    toWord(await call('set-second-assessor', { learnerId: id, courseId, assessorId })),
  ];
  const on = await call('read-learner-courses', { learnerId: id });
  seen['on course'] =
    on.kind === 'ok'
      ? on.value.records.map((one) => `${String(one.status)} ${one.assessorId === assessorId}`)
      : toWord(on);
  seen['mails'] = (site.door('GET', '/outbox') as readonly Json[]).length;

  const fields = { mobile: '07700 900123', addressLine1: '', email: 'new@example.org' };
  seen['update learner'] = toWord(await call('update-learner', { id, fields }));
  const read = await call('read-learner', { id });
  const person = read.kind === 'ok' ? read.value : null;
  seen['read back'] =
    person === null
      ? ['not shown']
      : [person.familyName, person.givenNames, person.mobile, person.addressLine1, person.email];
  if (assessor.kind === 'ok') {
    const changed = await call('update-assessor', { id: assessor.value, fields: { phone: '01632 960999' } });
    const found = await call('find-assessor', { misId: '20017' });
    const phone = found.kind === 'ok' && found.value.kind === 'one' ? found.value.record.phone : null;
    seen['update assessor'] = [toWord(changed), phone];
  }
  const written = await call('write-mis-id', { kind: 'learner', id, misId: '99' });
  const again = await call('find-learner', { misId: '99' });
  seen['write mis id'] = [toWord(written), again.kind === 'ok' ? again.value.kind : toWord(again)];
  return seen;
}
