import { drawFor, type Sowing, sow, sowId } from './sowing.ts';

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

function toCode({ code, isShared }: Outline, organisationId: number): string | null {
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
export function sowStandards(sowing: Sowing, organisationId: number): void {
  const ids = OUTLINES.map((outline, at) =>
    sowId(sowing, 'standards', {
      Title: outline.title,
      code: toCode(outline, organisationId),
      organisationIds: [organisationId],
      unitIds: sowUnits(sowing, organisationId, at, outline.title),
    }),
  );
  for (const { title, members } of TEMPLATES) {
    const standardIds = members.map((at) => ids[at] ?? 0);
    sow(sowing, 'templates', { Title: title, organisationIds: [organisationId], standardIds });
  }
}
