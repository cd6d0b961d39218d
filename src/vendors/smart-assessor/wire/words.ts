import type { CourseStatus, SessionStatus, SessionType } from '../port.ts';

type Word<Ours extends string> = {
  readonly ours: Ours;
  /** The label in Pascal case. */
  readonly name: string;
  readonly label: string;
  readonly code: string;
};

/** An enumeration of the vendor. The reader takes name, label and code alike, however they are written. */
export type Words<Ours extends string> = {
  readonly all: readonly Word<Ours>[];
  /** Null: the table does not have it. */
  oursOf(text: string): Ours | null;
  nameOf(ours: Ours): string;
  codeOf(ours: Ours): string;
};

/** Letters and digits alone, in lower case. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function words<Ours extends string>(rows: readonly (readonly [Ours, string, string])[]): Words<Ours> {
  const all = rows.map(([ours, label, code]) => ({ ours, name: pascal(label), label, code }));
  const known = new Map(
    all.flatMap(({ ours, label, code }) => [
      [bare(label), ours],
      [bare(code), ours],
      [bare(ours), ours],
    ]),
  );
  const wordOf = (ours: Ours): Word<Ours> => {
    const word = all.find((one) => one.ours === ours);
    if (word === undefined) throw new Error(`There is no word for ${ours}`);
    return word;
  };
  return {
    all,
    oursOf: (text) => known.get(bare(text)) ?? null,
    nameOf: (ours) => wordOf(ours).name,
    codeOf: (ours) => wordOf(ours).code,
  };
}

/** `Out of the Workplace` becomes `OutOfTheWorkplace`, `Tests/Exams` becomes `TestsExams`. */
function pascal(label: string): string {
  return label
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

/** Status of a learner on a course. The first label and code are documented or seen; the other codes are assumed. */
export const courseStatuses: Words<CourseStatus> = words([
  ['awaiting-induction', 'Awaiting Induction', 'AI'],
  ['in-training', 'In Training', 'IT'],
  ['training-suspended', 'Training Suspended', 'TS'],
  ['iqa-approved', 'IQA Approved', 'IA'],
  ['completed', 'Completed', 'CO'],
  ['certificated', 'Certificated', 'CE'],
  ['exempt', 'Exempt', 'EX'],
  ['early-leaver', 'Early Leaver', 'EL'],
  ['transferred', 'Transferred', 'TR'],
]);

/** Labels are documented, codes assumed. The list is open: other types occur. */
export const sessionTypes: Words<SessionType> = words([
  ['general', 'General', '1'],
  ['induction', 'Induction', '2'],
  ['formal-review', 'Formal Review', '3'],
  ['telephone', 'Telephone', '4'],
  ['exit-session', 'Exit Session', '5'],
  ['out-of-the-workplace', 'Out of the Workplace', '6'],
  ['tests-exams', 'Tests/Exams', '7'],
  ['learner-support', 'Learner Support', '8'],
  ['initial', 'Initial', '9'],
  ['gateway-ready', 'Gateway Ready', '10'],
  ['epa', 'EPA', '11'],
]);

export const sessionStatuses: Words<SessionStatus> = words([
  ['open', 'Open', 'O'],
  ['attended', 'Attended', 'A'],
  ['cancelled-by-learner', 'Cancelled by learner', 'CL'],
  ['cancelled-by-assessor', 'Cancelled by assessor', 'CA'],
  ['cancelled-by-employer', 'Cancelled by employer', 'CE'],
]);

/** Anything else reads as blank. */
export const sexes: Words<'male' | 'female'> = words([
  ['male', 'Male', 'Male'],
  ['female', 'Female', 'Female'],
]);

/** State of a unit of a learner's course; all assumed. */
export const unitStates: Words<'not-started' | 'working' | 'complete'> = words([
  ['not-started', 'Not Started', 'NotStarted'],
  ['working', 'Working', 'Working'],
  ['complete', 'Complete', 'Complete'],
]);

/** Roles of staff users, as labels say them. */
export const staffRoles: Words<'assessor' | 'iqa'> = words([
  ['assessor', 'Assessor', 'assessor'],
  ['iqa', 'Internal Quality Assurer', 'iqa'],
]);

/** A qualification's reference as courses carry it: without slashes and spaces, in upper case (Q10). */
export function courseReference(reference: string): string {
  return reference.replace(/[/\s]/g, '').toUpperCase();
}
