/*
 * The invented centres. `seedStore` makes two customers with three organisations, then the places, standards and
 * staff of each, then the learners (learners.ts). Each record draws from a generator of its own, so a larger size
 * contains a smaller one, byte for byte.
 */

import type { SeedOptions, Size } from '../settings.ts';
import type { Store } from '../state/store.ts';
import { ROLE } from '../state/tables.ts';
import { sowLearners } from './learners.ts';
import { dateAt, drawFor, type Sowing, sow, sowId } from './sowing.ts';
import { CLASSROOM_NAMES, FIRM_WORDS, FIRST_NAMES, LAST_NAMES, STREETS, TOWNS, TRADES } from './words.ts';

/** Learners come in groups of six: four in the main centre, one in each of the two others. */
const GROUP_COUNTS: Readonly<Record<Size, number>> = { empty: 0, small: 5, medium: 50, large: 500 };

/** Fills an empty store. The same options give the same records, byte for byte; a larger size contains a smaller one. */
export function seedStore(store: Store, options: SeedOptions): void {
  if (options.size === 'empty') return;
  const sowing: Sowing = { store, options, asOfMs: Date.parse(options.asOf) };
  const organisationIds = sowOrganisations(sowing);
  for (const organisationId of organisationIds) {
    sowPlaces(sowing, organisationId);
    sowStandards(sowing, organisationId);
    sowStaff(sowing, organisationId);
  }
  sowLearners(sowing, organisationIds, GROUP_COUNTS[options.size]);
}

const CENTRES = [
  { id: 301, customerId: 11, name: 'Larkfield North' },
  { id: 302, customerId: 11, name: 'Larkfield South' },
  { id: 303, customerId: 12, name: 'Otterbrook Main' },
] as const;

/** Two customers: the first with two centres, the second with one that the first may not see. */
function sowOrganisations(sowing: Sowing): number[] {
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
function sowPlaces(sowing: Sowing, organisationId: number): void {
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
function sowStaff(sowing: Sowing, organisationId: number): void {
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

interface Outline {
  readonly title: string;
  readonly code: string | null;
  /** The same code in the two centres of the first customer; other codes are each centre's own. */
  readonly isShared?: boolean;
}

/** One code on two standards, one on three (pathways), one apprenticeship as four standards, one without a code. */
const OUTLINES: readonly Outline[] = [
  { title: 'Customer Service Practitioner', code: '603/2101/5', isShared: true },
  { title: 'Business Administration', code: '603/2204/8', isShared: true },
  { title: 'Team Leader', code: '603/1122/3', isShared: true },
  { title: 'Business Administration (Finance pathway)', code: '603/2204/8', isShared: true },
  { title: 'Business Administration (Legal pathway)', code: '603/2204/8', isShared: true },
  { title: 'Warehouse Operative', code: '603/3317/X' },
  { title: 'Team Leader (Retail pathway)', code: '603/1122/3', isShared: true },
  { title: 'Adult Care Worker', code: 'AS' },
  { title: 'Adult Care Worker (on programme)', code: 'OP' },
  { title: 'Adult Care Worker (gateway)', code: 'GW' },
  { title: 'Adult Care Worker (end-point assessment)', code: 'EP' },
  { title: 'Workplace Induction', code: null },
];

const TEMPLATES = [
  { title: 'Care apprenticeship', members: [7, 8, 9] },
  { title: 'Office start', members: [1, 11] },
] as const;

function standardCode({ code, isShared }: Outline, organisationId: number): string | null {
  if (code === null) return null;
  const centre = organisationId - 300;
  if (code.length === 2) return `${118 + centre}${code}`;
  return isShared === true && centre <= 2 ? code : code.replace('603/', `60${centre + 3}/`);
}

function sowUnits(sowing: Sowing, organisationId: number, at: number, title: string): string[] {
  const random = drawFor(sowing, 'standard', organisationId * 100 + at);
  const prefix = `${title.slice(0, 4).toUpperCase()}${organisationId - 300}${String.fromCharCode(65 + at)}`;
  const unitIds: string[] = [];
  for (let number = 1; number <= 3 + random.integer(4); number += 1) {
    const id = `${prefix}_${String(number).padStart(2, '0')}`;
    const hasCode = random.chance(0.6);
    const code = hasCode
      ? `${random.pick(['A', 'D', 'H', 'L'])}/50${number}/${1000 + random.integer(9000)}`
      : null;
    sow(sowing, 'units', {
      ID: id,
      Title: `${title}: part ${number}`,
      NDAQCode: code,
      Display: hasCode ? `U${number}` : null,
    });
    unitIds.push(id);
  }
  return unitIds;
}

/** Standards, units and templates open to one centre. */
function sowStandards(sowing: Sowing, organisationId: number): void {
  const ids = OUTLINES.map((outline, at) =>
    sowId(sowing, 'standards', {
      Title: outline.title,
      code: standardCode(outline, organisationId),
      organisationIds: [organisationId],
      unitIds: sowUnits(sowing, organisationId, at, outline.title),
    }),
  );
  for (const { title, members } of TEMPLATES) {
    const standardIds = members.map((at) => ids[at] ?? 0);
    sow(sowing, 'templates', { Title: title, organisationIds: [organisationId], standardIds });
  }
}
