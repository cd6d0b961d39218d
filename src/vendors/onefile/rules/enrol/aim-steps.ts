import type { Qualification } from '../../../../core/learner.ts';
import { readKey } from '../../../../core/view.ts';
import { toQualificationId } from '../aim-match.ts';
import { toText } from '../compare.ts';
import { nothing, type Part, toCallStep, toHold, toSteps } from '../part.ts';
import { type AimFields, type Aims, isFresh, movesOf, toUpdateAim } from '../push-aims.ts';
import { type Of, toReadAim, toReadAims } from '../reads.ts';
import { toAimRecord } from '../records.ts';
import { vendor } from './names.ts';
import type { View } from './owner-state.ts';

type Looking = { readonly view: View; readonly of: Of; readonly aims: Aims };
type Enrolled = { readonly qualification: Qualification; readonly aimId: string };

/**
 * OF-15, A-2, D-1: reads a new aim, then sends in one call what PICS has and OneFile shows blank.
 *
 * One read of all aims serves them all; an aim that came to be after it is read by itself.
 */
export function fillAim({ view, of, aims }: Looking, enrolled: Enrolled): Part {
  const { qualification, aimId } = enrolled;
  const shadow = aims.shadows.find(({ vendorId }) => vendorId === aimId);
  const fields = shadow === undefined ? null : toBlankFields(view, qualification, shadow);
  if (fields !== null && Object.keys(fields).length === 0) return nothing;
  const [readAims, readAim] = [toReadAims(of), toReadAim(of, aimId)];
  const hasReadOne = view.reads.has(readKey(readAim));
  const isSeen =
    shadow !== undefined && view.reads.has(readKey(readAims)) && isFresh(view, aims, { id: aimId });
  if (fields !== null && (isSeen || hasReadOne))
    return toSteps(toCallStep(toUpdateAim(view, of.learnerId, aimId, fields)));
  if (!view.reads.has(readKey(readAims))) return toSteps(toCallStep(readAims));
  return hasReadOne ? toGone(of, enrolled) : toSteps(toCallStep(readAim));
}

/** The four exchanged values as in every run, and start and planned end, which go at enrolment only (OF-46). */
function toBlankFields(
  view: View,
  qualification: Qualification,
  { vendorId, record }: Aims['shadows'][number],
): AimFields {
  const { toOneFile } = movesOf(view, { qualification, aim: toAimRecord(vendorId, record) });
  const fields: AimFields = { ...toOneFile };
  const [startOn, plannedEndOn] = [toText(qualification.startOn), toText(qualification.expectedEndOn)];
  if (startOn !== null && isBlank(record, 'startOn')) fields.startOn = startOn;
  if (plannedEndOn !== null && isBlank(record, 'plannedEndOn')) fields.plannedEndOn = plannedEndOn;
  return fields;
}

/** What OneFile shows unreadably is not blank. */
function isBlank(record: Aims['shadows'][number]['record'], field: 'startOn' | 'plannedEndOn'): boolean {
  const { unreadable } = record;
  return toText(record[field]) === null && !(Array.isArray(unreadable) && unreadable.includes(field));
}

/** O16: an aim that was linked and is shown no more is a person's matter, never made anew. */
function toGone({ ident }: Of, { qualification, aimId }: Enrolled): Part {
  const code = toQualificationId(ident, qualification.key);
  const params = { vendor, kind: 'qualification', code, id: aimId, ident };
  return toHold({ subject: `qualification:${code}`, code: 'LINK_GONE', params });
}
