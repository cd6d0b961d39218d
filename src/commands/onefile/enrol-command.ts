import type { Command } from 'commander';
import { Fault, usageFault } from '../../base/fault.ts';
import type { EnrolmentChoices } from '../../core/enrolment.ts';
import type { RequestRow } from '../../pics/request.ts';
import { toIdent } from '../give-request.ts';
import type { Io } from '../io.ts';
import {
  type Given,
  giveAndReport,
  report,
  type WaitOptions,
  withRequests,
  withWaitOptions,
} from '../request-command.ts';
import { askForChoices, toPlan } from './enrol-questions.ts';
import { toPathways } from './pathway-option.ts';
import { showEnrolled } from './show-enrolled.ts';
import { showPlan } from './show-enrolment.ts';

type EnrolOptions = WaitOptions & {
  readonly preview?: true;
  readonly yes?: true;
  readonly centre?: string;
  readonly pathway: Readonly<Record<string, string>>;
  readonly createAnyway?: true;
};

/** OF-10 to OF-23 */
export function addEnrolCommand(group: Command, io: Io): void {
  withWaitOptions(group.command('enrol'), 300)
    .description('create a learner in OneFile; on a terminal shows what would be done and asks first')
    .argument('<ident>', 'code of the learner in PICS')
    .option('--preview', 'only show what would be done')
    .option('--yes', 'do it without asking')
    .option('--centre <id>', 'centre of OneFile')
    .option(
      '--pathway <reference=standard>',
      'standard for a qualification that is there more than once; may be repeated',
      toPathways,
      {},
    )
    .option('--create-anyway', 'create a second record of a person whom OneFile may have')
    .action((ident: string, options: EnrolOptions) => enrol(io, toIdent(ident), options));
}

async function enrol(io: Io, ident: string, options: EnrolOptions): Promise<void> {
  const { preview = false, yes = false } = options;
  if (preview && yes) throw usageFault('--preview only shows, --yes does it: give one of them.');
  const choices = toChoices(options);
  if (preview) return giveAndReport(io, options, toGiven('preview', ident, choices), showPreview);
  if (yes) return giveAndReport(io, options, toGiven('enrol', ident, choices), showEnrolled);
  const { ask } = io;
  if (ask === undefined || options.json)
    throw usageFault('Nobody can be asked here: say --preview to look, or --yes to enrol.');
  await withRequests(io, options, async ({ run }) => {
    const tell = (text: string): void => io.tell(text);
    const preview = (more: EnrolmentChoices): Promise<RequestRow> => run(toGiven('preview', ident, more));
    const chosen = await askForChoices({ ask, tell, preview }, choices);
    if (chosen === null) throw new Fault('Stopped: nothing was sent.');
    report(io, options, await run(toGiven('enrol', ident, chosen)), showEnrolled);
  });
}

function toChoices({ centre, pathway, createAnyway }: EnrolOptions): EnrolmentChoices {
  return { centre: centre ?? null, pathways: pathway, createAnyway: createAnyway === true };
}

function toGiven(kind: 'preview' | 'enrol', ident: string, choices: EnrolmentChoices): Given {
  const roles = 'outbound and reconciler';
  return { kind, vendor: 'onefile', ident, payload: { ...choices }, roles };
}

function showPreview(row: RequestRow): string {
  return row.status === 'done' ? showPlan(toPlan(row)) : '';
}
