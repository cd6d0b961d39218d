import type { Shadow } from '../../../core/observation.ts';
import type { Call, NextStep } from '../../../core/step.ts';
import { type LearnerView, readKey } from '../../../core/view.ts';
import { decideAimFields, type ExchangedField, exchangedFields, hasExchangedValue } from './aim-field.ts';
import { type AimPair, matchAims, toQualificationId } from './aim-match.ts';
import { joinParts, nothing, type Part, toCallStep, toHold, toSteps } from './part.ts';
import { type Of, toReadAim, toReadAims } from './reads.ts';
import { type AimRecord, toAimRecord } from './records.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

type View = LearnerView<OneFileSettings, OneFileCentre>;

/** A push trusts a reading of this age: a full pass may have read the learner minutes before its turn comes. */
const freshForMs = 60_000;

export type Aims = { readonly shadows: readonly Shadow[]; readonly pairs: readonly AimPair[] };

/** The learner's aims as last read, joined to its qualifications. */
export function toAims({ learner, lane }: View, learnerId: string): Aims {
  const shadows = lane.shadows.filter(
    (shadow) => shadow.entity === 'learning-aim' && shadow.learnerVendorId === learnerId,
  );
  const aims = shadows.map(({ vendorId, record }) => toAimRecord(vendorId, record));
  const { ident, qualifications } = learner;
  return { shadows, pairs: matchAims({ ident, qualifications, aims, links: lane.links }) };
}

/** pairs found by reference become links, so that they stay what they are. */
export function linkAims({ learner, settings }: View, { pairs }: Aims): Part {
  const links = pairs
    .filter(({ isLinked }) => !isLinked)
    .map(({ qualification, aim }) => ({
      vendor: 'onefile' as const,
      centre: settings.centreId,
      kind: 'qualification' as const,
      picsId: toQualificationId(learner.ident, qualification.key),
      vendorId: aim.id,
      ident: learner.ident,
      how: 'matched' as const,
    }));
  return links.length === 0 ? nothing : toSteps({ kind: 'link', links });
}

/**
 * OF-42 to OF-44, D-1: reads the aims where the sides differ, then sends what is blank at OneFile.
 *
 * The read also serves the other direction: it is published, and the reconciler lets OneFile's values win.
 */
export function pushAims(view: View, of: Of, aims: Aims): Part {
  const readAims = toReadAims(of);
  if (!view.reads.has(readKey(readAims))) {
    return isReadNeeded(view, aims) ? toSteps(toCallStep(readAims)) : nothing;
  }
  const pushes = aims.pairs.flatMap((pair): NextStep[] => {
    const { toOneFile } = movesOf(view, pair);
    if (Object.keys(toOneFile).length === 0) return [];
    const readAim = toReadAim(of, pair.aim.id);
    if (!isFresh(view, aims, pair.aim) && !view.reads.has(readKey(readAim))) return [toCallStep(readAim)];
    return [toCallStep(toUpdateAim(view, of.learnerId, pair.aim.id, toOneFile))];
  });
  return joinParts([toSteps(...pushes), toGoneAims(view, aims)]);
}

/** Whether the sides differ as far as known, or nothing is known and PICS has something to offer. */
function isReadNeeded(view: View, { shadows, pairs }: Aims): boolean {
  const differs = pairs.some((pair) => {
    const { toOneFile, toPics } = movesOf(view, pair);
    return Object.keys(toOneFile).length > 0 || Object.keys(toPics).length > 0;
  });
  return differs || (shadows.length === 0 && view.learner.qualifications.some(hasExchangedValue));
}

export function movesOf(
  { lane, settings }: View,
  { qualification, aim }: Pick<AimPair, 'qualification' | 'aim'>,
) {
  // with the wider scope a qualification with units is left alone altogether.
  if (settings.unitsScope === 'all' && qualification.hasUnits) return { toOneFile: {}, toPics: {} };
  return decideAimFields(qualification, aim, lane.fieldSupport);
}

export function isFresh({ nowMs, demand }: View, { shadows }: Aims, aim: Pick<AimRecord, 'id'>): boolean {
  if (demand === 'change') return true; // whatever this look has read, it has read just now
  const shadow = shadows.find(({ vendorId }) => vendorId === aim.id);
  return shadow !== undefined && nowMs - shadow.observedAtMs <= freshForMs;
}

/** What may be sent of an aim. The two dates go at enrolment only (OF-15, OF-46). */
export type AimFields = Partial<Record<ExchangedField | 'startOn' | 'plannedEndOn', string>>;

export function toUpdateAim({ lane }: View, learnerId: string, aimId: string, fields: AimFields): Call {
  // O12: an assumed name is read back after its first write at this centre.
  const verify = (Object.keys(fields) as (keyof AimFields)[]).filter(
    (field) => field === 'certificateReceivedOn' && lane.fieldSupport[exchangedFields[field]] === undefined,
  );
  return {
    name: 'update-aim',
    effect: 'update' as const,
    subject: `aim:${aimId}`,
    naturalKey: null,
    request: { learnerId, aimId, fields, verify },
  };
}

/** O16: an aim that was linked and is shown no more is a person's matter, never made anew. */
function toGoneAims({ learner, lane }: View, { shadows }: Aims): Part {
  const gone = lane.links.filter(
    ({ kind, vendorId }) =>
      kind === 'qualification' && !shadows.some((shadow) => shadow.vendorId === vendorId),
  );
  return joinParts(
    gone.map(({ picsId, vendorId }) =>
      toHold({
        subject: `qualification:${picsId}`,
        code: 'LINK_GONE',
        params: {
          vendor: 'OneFile',
          kind: 'qualification',
          code: picsId,
          id: vendorId,
          ident: learner.ident,
        },
      }),
    ),
  );
}
