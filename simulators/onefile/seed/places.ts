import { dateAt, drawFor, type Sowing, sow } from './sowing.ts';
import { CLASSROOM_NAMES, FIRM_WORDS, STREETS, TOWNS, TRADES } from './words.ts';

const CENTRES = [
  { id: 301, customerId: 11, name: 'Larkfield North' },
  { id: 302, customerId: 11, name: 'Larkfield South' },
  { id: 303, customerId: 12, name: 'Otterbrook Main' },
] as const;

/** Two customers: the first with two centres, the second with one that the first may not see. */
export function sowOrganisations(sowing: Sowing): number[] {
  sow(sowing, 'customers', { Name: 'Larkfield Training', token: 'sim-customer-1' }, 11);
  sow(sowing, 'customers', { Name: 'Otterbrook College', token: 'sim-customer-2' }, 12);
  for (const { id, customerId, name } of CENTRES) {
    const values = { CustomerID: customerId, Name: name, KeychainEmailSuppression: id !== 302 };
    sow(sowing, 'organisations', values, id);
  }
  return CENTRES.map(({ id }) => id);
}

const isFirst = (at: number): boolean => at === 0;

function sowPlacement(sowing: Sowing, organisationId: number, at: number): void {
  const random = drawFor(sowing, 'placement', organisationId * 100 + at);
  // The last two have equal names: two branches of one firm.
  const nameAt = Math.min(at, FIRM_WORDS.length - 2);
  const word = FIRM_WORDS[nameAt] ?? FIRM_WORDS[0];
  const street = isFirst(at) ? 'Mill Row' : random.pick(STREETS);
  const town = isFirst(at) ? 'Oldham' : random.pick(TOWNS);
  const breakOrComma = isFirst(at) ? '\r\n' : ', ';
  const hasContact = random.chance(0.5);
  sow(sowing, 'placements', {
    OrganisationID: organisationId,
    Name: `${word} ${TRADES[nameAt] ?? TRADES[0]}`,
    Active: at !== 4,
    Address: `${isFirst(at) ? 2 : random.integer(90) + 1} ${street}${breakOrComma}${town}`,
    Contact: hasContact ? 'The training office' : null,
    Email: hasContact ? `office@${word.toLowerCase()}.example.org` : null,
    MISID: at % 2 === 0 ? `${word.slice(0, 5).toUpperCase()}${organisationId - 300}` : null,
  });
}

/** Classrooms, placements and sub-providers of one centre. */
export function sowPlaces(sowing: Sowing, organisationId: number): void {
  for (const [at, name] of CLASSROOM_NAMES.entries()) {
    sow(sowing, 'classrooms', {
      OrganisationID: organisationId,
      Name: name,
      MISID: at < 3 ? `CL${organisationId - 300}${at + 1}` : null,
      StartOn: dateAt(sowing, -300 + at * 60),
      Archive: at === 4,
    });
  }
  for (let at = 0; at < FIRM_WORDS.length; at += 1) sowPlacement(sowing, organisationId, at);
  sow(sowing, 'providers', { OrganisationID: organisationId, Name: 'Holmewood Skills' });
  sow(sowing, 'providers', { OrganisationID: organisationId, Name: 'Pikesford Learning' });
}
