import { Fault } from '../../base/fault.ts';
import type { EnrolmentChoices, PlannedQualification } from '../../core/enrolment.ts';
import type { RequestRow } from '../../pics/request.ts';
import { toRefusal } from '../request-command.ts';
import { type ShownPlan, showPathways, showPlan } from './show-enrolment.ts';

export type Questions = {
  readonly tell: (text: string) => void;
  /** Null: no answer will come. */
  readonly ask: (question: string) => Promise<string | null>;
  readonly preview: (choices: EnrolmentChoices) => Promise<RequestRow>;
};

/**
 * Shows a preview and asks for everything that a person has to decide, until the enrolment could go ahead.
 *
 * Null: the person does not want it. Each answer is previewed anew, for the next reason may come behind the first.
 */
export async function askForChoices(
  questions: Questions,
  given: EnrolmentChoices,
): Promise<EnrolmentChoices | null> {
  let choices = given;
  for (;;) {
    const plan = toPlan(await questions.preview(choices));
    questions.tell(showPlan(plan));
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
    const isWanted = await agrees(questions, 'Create a second record of this person all the same?');
    return isWanted ? { ...choices, createAnyway: true } : null;
  }
  throw new Fault(`This learner cannot be enrolled yet: ${refusal?.message ?? ''}`);
}

async function choose(questions: Questions, qualification: PlannedQualification): Promise<string | null> {
  const { reference, pathways } = qualification;
  questions.tell(showPathways(qualification));
  for (;;) {
    const answer = await questions.ask(`Which one for ${reference}, 1 to ${pathways.length}? (blank: stop) `);
    const text = answer?.trim() ?? '';
    if (text === '') return null;
    const found = pathways[Number(text) - 1] ?? pathways.find(({ id }) => id === text);
    if (found !== undefined) return found.id;
    questions.tell(`"${text}" is none of them.\n`);
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

export function toPlan(row: RequestRow): ShownPlan {
  if (row.status !== 'done' || row.result === null) throw new Fault(toRefusal(row));
  return row.result as unknown as ShownPlan;
}
