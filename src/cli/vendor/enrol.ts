import type { Command } from 'commander';
import { Fault, usageFault } from '../../base/fault.ts';
import type {
  EnrolmentChoices,
  EnrolmentPlan,
  Partner,
  PartnerWay,
  PlannedQualification,
} from '../../domain/enrolment.ts';
import type { RequestRow } from '../../domain/request.ts';
import type { Vendor } from '../../vendors/vendor.ts';
import { type Column, type Io, toCountOf, toTable } from '../io.ts';
import {
  type Given,
  giveAndReport,
  report,
  toIdent,
  toRefusal,
  type WaitOptions,
  withRequests,
  withWaitOptions,
} from '../request.ts';

type EnrolOptions = WaitOptions & {
  readonly preview?: true;
  readonly yes?: true;
  readonly centre?: string;
  readonly pathway: Readonly<Record<string, string>>;
  readonly createAnyway?: true;
};

/** OF-10 to OF-23 */
export function addEnrolCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('enrol'), 300)
    .description(`create a learner in ${vendor.title}; on a terminal shows what would be done and asks first`)
    .argument('<ident>', 'code of the learner in PICS')
    .option('--preview', 'only show what would be done')
    .option('--yes', 'do it without asking')
    .option('--centre <id>', `centre of ${vendor.title}`)
    .option(
      `--pathway <reference=${vendor.recordWords.offer}>`,
      `${vendor.recordWords.offer} for a qualification that ${vendor.title} offers more than once; may be repeated`,
      toPathways,
      {},
    )
    .option('--create-anyway', `create a second record of a person whom ${vendor.title} may have`)
    .action((ident: string, options: EnrolOptions) => enrol(io, vendor, toIdent(ident), options));
}

async function enrol(io: Io, vendor: Vendor, ident: string, options: EnrolOptions): Promise<void> {
  const { preview = false, yes = false } = options;
  if (preview && yes) throw usageFault('Give either --preview (only show) or --yes (enrol), not both.');
  const choices = toChoices(options);
  const given = (kind: 'preview' | 'enrol', more = choices): Given => enrolRequest(vendor, kind, ident, more);
  const enrolled = (row: Pick<RequestRow, 'result'>): string => showEnrolled(vendor, row);
  const previewed = (row: RequestRow): string => (row.status === 'done' ? showPlan(vendor, toPlan(row)) : '');
  if (preview) return giveAndReport(io, options, given('preview'), previewed);
  if (yes) return giveAndReport(io, options, given('enrol'), enrolled);
  const { ask } = io;
  if (ask === undefined || options.json)
    throw usageFault('There is no terminal for questions. Use --preview to look, or --yes to enrol.');
  await withRequests(io, options, async ({ run }) => {
    const tell = (text: string): void => io.tell(text);
    const preview = (more: EnrolmentChoices): Promise<RequestRow> => run(given('preview', more));
    const chosen = await askForChoices({ vendor, ask, tell, preview }, choices);
    if (chosen === null) throw new Fault('Stopped: nothing was sent.');
    report(io, options, await run(given('enrol', chosen)), enrolled);
  });
}

function toChoices({ centre, pathway, createAnyway }: EnrolOptions): EnrolmentChoices {
  return { centre: centre ?? null, pathways: pathway, createAnyway: createAnyway === true };
}

function enrolRequest(
  vendor: Vendor,
  kind: 'preview' | 'enrol',
  ident: string,
  choices: EnrolmentChoices,
): Given {
  const roles = 'outbound and reconciler';
  return { kind, vendor: vendor.name, ident, payload: { ...choices }, roles };
}

type Questions = {
  readonly vendor: Pick<Vendor, 'title' | 'recordWords'>;
  readonly tell: (text: string) => void;
  /** Null if the input has ended. */
  readonly ask: (question: string) => Promise<string | null>;
  readonly preview: (choices: EnrolmentChoices) => Promise<RequestRow>;
};

/**
 * Shows a preview and asks for every decision, until the enrolment could go ahead.
 *
 * After each answer it reads a new preview, because the next obstacle may only show then. Returns null if
 * the user does not want the enrolment.
 */
export async function askForChoices(
  questions: Questions,
  given: EnrolmentChoices,
): Promise<EnrolmentChoices | null> {
  let choices = given;
  for (;;) {
    const plan = toPlan(await questions.preview(choices));
    questions.tell(showPlan(questions.vendor, plan));
    const { refusal, learner } = plan;
    if (refusal === null) {
      const name = `${learner.name ?? 'the learner'} (${learner.ident})`;
      return (await agrees(questions, `Enrol ${name}?`)) ? choices : null;
    }
    const more = await decide(questions, plan, choices);
    if (more === null) return null;
    choices = more;
  }
}

async function decide(
  questions: Questions,
  { refusal, qualifications }: ShownPlan,
  choices: EnrolmentChoices,
): Promise<EnrolmentChoices | null> {
  const open = qualifications.filter(({ state }) => state === 'choose');
  if (refusal?.code === 'CHOOSE' && open.length > 0) {
    const pathways = { ...choices.pathways };
    for (const qualification of open) {
      const standardId = await choose(questions, qualification);
      if (standardId === null) return null;
      pathways[qualification.key] = standardId;
    }
    return { ...choices, pathways };
  }
  if (refusal?.code === 'POSSIBLE_DUPLICATE') {
    const isWanted = await agrees(questions, 'Create a second record of this person anyway?');
    return isWanted ? { ...choices, createAnyway: true } : null;
  }
  throw new Fault(`This learner cannot be enrolled yet: ${refusal?.message ?? ''}`);
}

async function choose(questions: Questions, qualification: PlannedQualification): Promise<string | null> {
  const { reference, pathways } = qualification;
  const { vendor } = questions;
  questions.tell(showPathways(vendor, qualification));
  for (;;) {
    const answer = await questions.ask(
      `Which ${vendor.recordWords.offer} for ${reference}, 1 to ${pathways.length}? (empty: stop) `,
    );
    const text = answer?.trim() ?? '';
    if (text === '') return null;
    const found = pathways[Number(text) - 1] ?? pathways.find(({ id }) => id === text);
    if (found !== undefined) return found.id;
    questions.tell(`"${text}" is not in the list.\n`);
  }
}

async function agrees({ ask, tell }: Questions, question: string): Promise<boolean> {
  for (;;) {
    const answer = (await ask(`${question} (yes/no) `))?.trim().toLowerCase() ?? 'no';
    if (['y', 'yes'].includes(answer)) return true;
    if (['n', 'no', ''].includes(answer)) return false;
    tell('Answer yes or no.\n');
  }
}

function toPlan(row: RequestRow): ShownPlan {
  if (row.status !== 'done' || row.result === null) throw new Fault(toRefusal(row));
  return row.result as unknown as ShownPlan;
}

/** OF-12: adds one `--pathway reference=standard` to those given before. */
export function toPathways(text: string, known: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.lastIndexOf('=');
  const [reference, standard] = [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1).trim()];
  if (reference === '' || standard === '')
    throw usageFault(
      `--pathway needs a reference and the id that it is taken as, such as ST0096AS=4711, not "${text}".`,
    );
  return { ...known, [reference]: standard };
}

type CreatedRecord = {
  readonly kind: string;
  readonly code: string;
  readonly name: string | null;
  readonly vendorId: string;
};
type EnrolmentResult = {
  readonly vendorId?: string | null;
  readonly created?: readonly CreatedRecord[];
  readonly skipped?: readonly string[];
  readonly reviews?: number;
  readonly warnings?: readonly { readonly message: string }[];
  readonly held?: readonly { readonly subject: string; readonly code: string }[];
};

/** What came of an enrolment, done or not. */
export function showEnrolled(vendor: Pick<Vendor, 'title'>, { result }: Pick<RequestRow, 'result'>): string {
  if (result === null) return '';
  const {
    vendorId,
    created = [],
    skipped = [],
    reviews = 0,
    warnings = [],
    held = [],
  } = result as EnrolmentResult;
  const lines = [
    vendorId == null ? `The learner is not in ${vendor.title}.` : `${vendor.title} learner ${vendorId}.`,
    ...created.map(({ kind, code, name, vendorId: id }) => `Created ${kind} ${code} ${name ?? ''} (${id}).`),
    ...skipped.map((reference) => `Left out ${reference}: ${vendor.title} does not offer it.`),
    ...(reviews === 0 ? [] : [`Sent ${toCountOf(reviews, 'review')}.`]),
    ...warnings.map(({ message }) => `Warning: ${message}`),
    ...held.map(({ subject, code }) => `Held: ${code}, ${subject}. "held list --code ${code}" shows it.`),
  ];
  return lines.map((line) => `${line.replaceAll('  ', ' ')}\n`).join('');
}

type FaultText = { readonly code: string; readonly message: string };

/** A plan as the result of a preview contains it. */
export type ShownPlan = Omit<EnrolmentPlan, 'accepted' | 'refusal' | 'warnings'> & {
  readonly refusal: FaultText | null;
  readonly warnings: readonly FaultText[];
};

type Line = { readonly record: string; readonly partner: Partner };

const ways: Readonly<Record<PartnerWay, string>> = {
  linked: 'linked',
  matched: 'found by MIS value',
  create: 'will be created',
  fallback: 'fallback from the settings',
  none: 'none',
  missing: 'missing',
};

const partnerColumns = (vendor: Pick<Vendor, 'title'>): readonly Column<Line>[] => [
  { title: 'record', value: ({ record }) => record },
  { title: 'code', value: ({ partner }) => partner.code },
  { title: 'name', value: ({ partner }) => partner.name },
  { title: 'as', value: ({ partner }) => partner.parts.join(', ') || null },
  { title: `at ${vendor.title}`, value: ({ partner }) => ways[partner.way] },
  { title: 'id', value: ({ partner }) => partner.vendorId, isNumber: true },
];

const states: Readonly<Record<PlannedQualification['state'], string>> = {
  available: 'will be assigned',
  choose: 'to be chosen',
  unavailable: 'left out: not available',
  inactive: 'held: not active there',
};

const qualificationColumns = (
  vendor: Pick<Vendor, 'title' | 'recordWords'>,
): readonly Column<PlannedQualification>[] => [
  { title: 'qualification', value: ({ reference }) => reference },
  { title: 'title', value: ({ title }) => title },
  { title: `at ${vendor.title}`, value: ({ state }) => states[state] },
  { title: vendor.recordWords.offer, value: ({ chosen }) => chosen, isNumber: true },
];

/** OF-12: what an enrolment would do, for a person to read. */
export function showPlan(vendor: Pick<Vendor, 'title' | 'recordWords'>, plan: ShownPlan): string {
  const { officers, organisation, classroom, qualifications, reviewCount, warnings, refusal } = plan;
  const partners: Line[] = [
    ...officers.map((partner) => ({ record: vendor.recordWords.officer, partner })),
    { record: vendor.recordWords.organisation, partner: organisation },
    ...(classroom === null ? [] : [{ record: 'classroom', partner: classroom }]),
  ];
  return [
    `${toHeading(plan)}\n\n`,
    `${toTable(partnerColumns(vendor), partners)}\n`,
    qualifications.length === 0
      ? 'The Delivery Plan holds no qualification.\n'
      : toTable(qualificationColumns(vendor), qualifications),
    ...qualifications.filter(({ state }) => state === 'choose').map((one) => showPathways(vendor, one)),
    `\n${reviewCount === 0 ? 'No review' : toCountOf(reviewCount, 'review')} will be sent.\n`,
    ...warnings.map(({ message }) => `Warning: ${message}\n`),
    ...(refusal === null ? [] : [`This enrolment would be refused: ${refusal.message}\n`]),
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

/** What there is to choose from, numbered from 1. */
function showPathways(
  { title }: Pick<Vendor, 'title'>,
  { reference, pathways }: PlannedQualification,
): string {
  const lines = pathways.map(({ id, title: name }, index) => `  ${index + 1}. ${id} ${name ?? ''}`.trimEnd());
  return `\n${title} offers ${reference} more than once:\n${lines.join('\n')}\n`;
}
