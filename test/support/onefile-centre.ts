import { smallCentre } from './onefile-client.ts';

const person = (id: number, role: number, names: readonly [string, string], more: object = {}) => ({
  ...{ ID: id, OrganisationID: 301, Role: role, FirstName: names[0], LastName: names[1] },
  ...{ Email: `u${id}@x.example.org`, ...more },
});

/** The small centre with everything that an enrolment meets, and another customer beside it. */
export const enrolCentre = {
  customers: [...smallCentre.customers, { ID: 12, Name: 'Other', token: 'sim-customer-2' }],
  organisations: [...smallCentre.organisations, { ID: 310, CustomerID: 12, Name: 'Elsewhere' }],
  standards: [
    { ID: 5003, Title: 'Team Leader', code: '603/1122/3', organisationIds: [301] },
    { ID: 5004, Title: 'Team Leader (Retail pathway)', code: '603/1122/3', organisationIds: [301] },
    { ID: 5007, Title: 'Joinery', code: '196AS' },
    { ID: 5010, Title: 'Without a code' },
    { ID: 5011, Title: 'Only in the south', code: '999AS', organisationIds: [302] },
  ],
  classrooms: [
    { ID: 2001, OrganisationID: 301, Name: 'September intake' },
    { ID: 2002, OrganisationID: 301, Name: 'September intake', Archive: true },
    { ID: 2003, OrganisationID: 301, Name: 'September intake 2' },
  ],
  placements: [
    {
      ...{ ID: 30001, OrganisationID: 301, Name: 'Brindle Joinery', MISID: 'BRIND1' },
      ...{ Address: '2 Mill Row\r\nOldham\r\nOL1 2AB', Telephone: '0161 1', Email: 'b@x.example.org' },
    },
    { ID: 30002, OrganisationID: 301, Name: 'Harrow & Pike', Active: false, MISID: 'TWICE1' },
    { ID: 30003, OrganisationID: 301, Name: 'Harrow & Pike Ltd', MISID: 'TWICE1' },
    { ID: 30004, OrganisationID: 302, Name: 'Southern Firm', MISID: 'SOUTH1' },
  ],
  users: [
    ...smallCentre.users,
    person(400009, 4, ['Old', 'Brook'], { MISID: 'OLD001' }),
    person(400010, 5, ['Renée', 'O’Hara'], { MISID: 'TWO001' }),
    person(400011, 4, ['Zara', 'Quill'], { MISID: 'TWO001' }),
    person(400020, 1, ['Imogen', 'Tarrant'], { DOB: '2006-07-14', ULN: '1000000000' }),
    person(400021, 1, ['Imogen', 'Tarrant-Bell'], {}),
    { ...person(400070, 1, ['A', 'B']), OrganisationID: 310 },
  ],
  aims: smallCentre.aims,
} as const;
