/** Ids of the small site, in the form of the vendor: GUIDs, and whole numbers for employers. */
export const ids = {
  imogen: '1ea00000-0000-4000-8000-000000010001',
  ada: '5a000000-0000-4000-8000-000000000001',
  ben: '5a000000-0000-4000-8000-000000000002',
  alder: '1001',
  teamLeader: 'c0000000-0000-4000-8000-000000000001',
  joinery: 'c0000000-0000-4000-8000-000000000002',
  crafts: 'c0000000-0000-4000-8000-000000000003',
  craftsEvenings: 'c0000000-0000-4000-8000-000000000004',
  welding: 'c0000000-0000-4000-8000-000000000005',
  session: '5e000000-0000-4000-8000-000000000001',
} as const;

const course = (id: string, title: string, more: object) => ({ id, title, isActive: true, ...more });

/**
 * A site with one learner on two courses, an open session, an assessor and an employer with keys of ours, and an assessor
 * without one. Two courses carry one number, and one is not active.
 */
export const smallSite = {
  courses: [
    course(ids.teamLeader, 'Team Leader', { qanCode: '60311223' }),
    course(ids.joinery, 'Joinery', { standardCode: '196' }),
    course(ids.crafts, 'Crafts', { qanCode: '5009999X' }),
    course(ids.craftsEvenings, 'Crafts (evenings)', { qanCode: '5009999X' }),
    course(ids.welding, 'Welding', { qanCode: '60188887', isActive: false }),
  ],
  employers: [
    {
      id: 1001,
      misId: 'ALD001',
      name: 'Alder Joinery Ltd',
      edrsNumber: '900112239',
      address: { line1: '2 Mill Row', town: 'Larkfield', postCode: 'ZZ99 1AB' },
    },
  ],
  assessors: [
    {
      id: ids.ada,
      misId: 'ABR001',
      firstName: 'Ada',
      lastName: 'Brook',
      email: 'a@x.example.org',
      userName: 'a@x.example.org',
    },
    {
      id: ids.ben,
      misId: null,
      firstName: 'Ben',
      lastName: 'Cole',
      email: 'b@x.example.org',
      userName: 'b@x.example.org',
    },
  ],
  learners: [
    {
      id: ids.imogen,
      misId: '10001',
      givenNames: 'Imogen',
      familyName: 'Tarrant',
      dateOfBirth: '2006-07-14',
      email: 'i@x.example.org',
      employerId: 1001,
    },
  ],
  learnerCourses: [
    {
      learnerId: ids.imogen,
      courseId: ids.teamLeader,
      title: 'Team Leader',
      qanCode: '60311223',
      startDate: '2026-01-05',
      endDate: '2027-07-31',
      status: 'InTraining',
      assessorId: ids.ada,
      progressAssessedPc: 40.5,
      progressMappedPc: 52,
    },
    {
      learnerId: ids.imogen,
      courseId: ids.joinery,
      title: 'Joinery',
      startDate: '2026-01-05',
      endDate: '2027-07-31',
      status: 'AwaitingInduction',
      assessorId: ids.ada,
    },
  ],
  sessions: [
    {
      id: ids.session,
      type: 'FormalReview',
      start: '2026-02-02T10:00:00',
      durationMinutes: 60,
      location: 'At work',
      method: 'Traditional',
      assessorId: ids.ada,
      learners: [{ learnerId: ids.imogen, courseIds: [ids.teamLeader], status: 'Open' }],
    },
  ],
} as const;

/** The same site before a learner is there: what an enrolment meets. */
export const enrolmentSite = { ...smallSite, learners: [], learnerCourses: [], sessions: [] } as const;
