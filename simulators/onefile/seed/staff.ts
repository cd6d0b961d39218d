import { ROLE } from '../state/user-table.ts';
import { dateAt, drawFor, type Sowing, sow } from './sowing.ts';
import { FIRST_NAMES, LAST_NAMES } from './words.ts';

const { assessor, trainee, iqa, employer, observer } = ROLE;
const ROLES_OF_STAFF = [
  ...Array<number>(6).fill(assessor),
  ...Array<number>(2).fill(trainee),
  iqa,
  employer,
  employer,
  observer,
];

/** Half have an MIS value; the third and fourth share one and the fourth is archived. */
function misIdOf(organisationId: number, at: number): string | null {
  const shared = at === 3 ? 2 : at;
  return at % 2 === 0 || at === 3 ? `OFF${organisationId - 300}${String(shared).padStart(3, '0')}` : null;
}

/** The people of one centre who are not learners. */
export function sowStaff(sowing: Sowing, organisationId: number): void {
  const placementIds = sowing.store
    .list('placements')
    .filter((row) => row['OrganisationID'] === organisationId)
    .map((row) => row['ID'] as number);
  for (const [at, role] of ROLES_OF_STAFF.entries()) {
    const random = drawFor(sowing, 'staff', organisationId * 100 + at);
    const firstName = at === 4 ? 'Zoë' : random.pick(FIRST_NAMES);
    const lastName = at === 4 ? 'Müller-Łęcka' : random.pick(LAST_NAMES);
    const needsPlacement = role === employer || role === observer;
    sow(sowing, 'users', {
      OrganisationID: organisationId,
      Role: role,
      FirstName: firstName,
      LastName: at === 5 ? `${lastName}  ` : lastName,
      Email: `staff${organisationId}.${at + 1}@centre.example.org`,
      PlacementID: needsPlacement ? (placementIds[at % placementIds.length] ?? null) : null,
      MISID: misIdOf(organisationId, at),
      Telephone: random.chance(0.4) ? `01632 960${100 + at}` : null,
      CreatedOn: dateAt(sowing, -700),
      LastModified: dateAt(sowing, -random.integer(400) - 1),
      archived: at === 3,
    });
  }
}
