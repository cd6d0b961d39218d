import type { EnrolmentPlan, Partner, PartnerWay, PlannedQualification } from '../../core/enrolment.ts';
import { toCountOf } from '../count-text.ts';
import { type Column, toTable } from '../io.ts';

type FaultText = { readonly code: string; readonly message: string };

/** A plan as the result of a preview carries it. */
export type ShownPlan = Omit<EnrolmentPlan, 'accepted' | 'refusal' | 'warnings'> & {
  readonly refusal: FaultText | null;
  readonly warnings: readonly FaultText[];
};

type Line = { readonly record: string; readonly partner: Partner };

const ways: Readonly<Record<PartnerWay, string>> = {
  linked: 'linked',
  matched: 'found by its MIS value',
  create: 'will be created',
  fallback: 'fallback of the settings',
  none: 'none',
  missing: 'missing',
};

const partnerColumns: readonly Column<Line>[] = [
  { title: 'record', value: ({ record }) => record },
  { title: 'code', value: ({ partner }) => partner.code },
  { title: 'name', value: ({ partner }) => partner.name },
  { title: 'as', value: ({ partner }) => partner.parts.join(', ') || null },
  { title: 'at OneFile', value: ({ partner }) => ways[partner.way] },
  { title: 'id', value: ({ partner }) => partner.vendorId, isNumber: true },
];

const states: Readonly<Record<PlannedQualification['state'], string>> = {
  available: 'will be assigned',
  choose: 'to be chosen',
  unavailable: 'left out: not available',
};

const qualificationColumns: readonly Column<PlannedQualification>[] = [
  { title: 'qualification', value: ({ reference }) => reference },
  { title: 'title', value: ({ title }) => title },
  { title: 'at OneFile', value: ({ state }) => states[state] },
  { title: 'standard', value: ({ chosen }) => chosen, isNumber: true },
];

/** OF-12: what an enrolment would do, for a person to read. */
export function showPlan(plan: ShownPlan): string {
  const { officers, organisation, classroom, qualifications, reviewCount, warnings, refusal } = plan;
  const partners: Line[] = [
    ...officers.map((partner) => ({ record: 'assessor', partner })),
    { record: 'placement', partner: organisation },
    { record: 'classroom', partner: classroom },
  ];
  return [
    `${toHeading(plan)}\n\n`,
    `${toTable(partnerColumns, partners)}\n`,
    qualifications.length === 0
      ? 'The Delivery Plan holds no qualification.\n'
      : toTable(qualificationColumns, qualifications),
    ...qualifications.filter(({ state }) => state === 'choose').map(showPathways),
    `\n${reviewCount === 0 ? 'No review' : toCountOf(reviewCount, 'review')} will be sent.\n`,
    ...warnings.map(({ message }) => `Warning: ${message}\n`),
    ...(refusal === null ? [] : [`As it stands it would be refused: ${refusal.message}\n`]),
  ].join('');
}

function toHeading({ learner, centre, centres }: ShownPlan): string {
  const { ident, name, email, startOn } = learner;
  const known = centres.find(({ id }) => id === centre)?.name ?? null;
  const where = known === null ? centre : `${known} (${centre})`;
  const parts = [
    `${name ?? 'The learner'} (${ident})`,
    email,
    startOn === null ? null : `starts ${startOn}`,
    centre === null ? null : `centre ${where}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** The standards one can choose from, numbered from 1. */
export function showPathways({ reference, pathways }: PlannedQualification): string {
  const lines = pathways.map(({ id, title }, index) => `  ${index + 1}. ${id} ${title ?? ''}`.trimEnd());
  return `\n${reference} is there more than once:\n${lines.join('\n')}\n`;
}
