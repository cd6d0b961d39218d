import type { SentValue } from '../../domain/observation.ts';
import type { Call, Evaluation, Hold, NextStep, Note } from '../../domain/step.ts';
import { type VendorName, vendorTitles } from '../../domain/vendor-name.ts';
import { type LearnerView, readKey } from '../../domain/view.ts';
import { toWho } from './who.ts';

/** The steps, held items and notes that one rule adds to a look. */
export type Part = Evaluation;

export const nothing: Part = { candidates: [], holds: [], notes: [] };

/** Joins parts. Their order is the order in which the steps are done. */
export function joinParts(parts: readonly Part[]): Evaluation {
  const findings = parts.flatMap((part) => part.findings ?? []);
  return {
    candidates: parts.flatMap(({ candidates }) => candidates),
    holds: parts.flatMap(({ holds }) => holds),
    notes: parts.flatMap(({ notes }) => notes),
    ...(findings.length === 0 ? {} : { findings }),
  };
}

export function toSteps(...candidates: readonly NextStep[]): Part {
  return { ...nothing, candidates };
}

export function toCallStep(call: Call): NextStep {
  return { kind: 'call', call };
}

export function toHold(hold: Hold): Part {
  return { ...nothing, holds: [hold] };
}

export function toNote(code: string, subject: string): Part {
  return { ...nothing, notes: [{ code, subject }] };
}

/** A field of a record at the vendor, and its name as people read it. */
type SentField = {
  readonly entity: string;
  readonly vendorId: string;
  readonly field: string;
  readonly name: string;
};

export function toFieldSubject({ entity, vendorId, field }: Omit<SentField, 'name'>): string {
  return `${entity}-field:${vendorId}/${field}`;
}

/** D-16: the vendor accepted a value and did not keep it. Not sent again before PICS changes or a person retries. */
export function lostHold(of: SentField, vendor: VendorName): Hold {
  const what = `${of.entity.replace('learning-', '')} ${of.vendorId}`;
  return {
    subject: toFieldSubject(of),
    code: 'VALUE_NOT_KEPT',
    params: { vendor: vendorTitles[vendor], what, field: of.name },
  };
}

/**
 * D-16: what follows for a value that was sent to this field before. `send`: it was not, or PICS has another value
 * since. `check`: it was, and the vendor shows something else since, so it is sent once more and read back. `lost`: the
 * reading right after it was sent did not show it. `changed`: the vendor keeps it in another form.
 */
export function decideSent(
  sent: SentValue | undefined,
  isValue: (value: string) => boolean,
): 'send' | 'check' | 'lost' | 'changed' {
  if (sent === undefined || !isValue(sent.value)) return 'send';
  if (sent.state === 'lost') return 'lost';
  return sent.state === 'read-back' && sent.shown !== sent.value ? 'changed' : 'check';
}

/**
 * D-20: the learner has no row of details in PICS, so nothing that the row holds can be written there. The link stays,
 * and its id is copied when the row has come.
 */
export function lacksDetails(learner: Parameters<typeof toWho>[0], vendor: VendorName): Hold {
  return { subject: `details:${learner.ident}`, code: 'NO_DETAILS_ROW', params: toWho(learner, vendor) };
}

/** Ends the enrolment when it has no step and no held item left. Comes after everything else in a look. */
export function concludeEnrolled({ lane }: Pick<LearnerView, 'lane'>, { candidates, holds }: Part): Part {
  const isOpen = lane.enrolment !== null && (candidates.length > 0 || holds.length > 0);
  return lane.enrolment === null || isOpen ? nothing : toSteps({ kind: 'conclude' });
}

/**
 * G-10: notes that a record of the vendor is missing, which only a look that has read all of them can tell. Later looks
 * keep the note until the record is seen, so that it does not come and go. `reading`: the call that reads them all.
 */
export function toMissingNote(
  { lane, reads }: Pick<LearnerView, 'lane' | 'reads'>,
  note: Note,
  reading: (of: { readonly isFirst: boolean }) => Call,
): Part {
  const isRead = [false, true].some((isFirst) => reads.has(readKey(reading({ isFirst }))));
  const isNoted = lane.notes?.some(({ code, subject }) => code === note.code && subject === note.subject);
  return isRead || isNoted === true ? toNote(note.code, note.subject) : nothing;
}
