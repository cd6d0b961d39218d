import type { Learner, Qualification } from '../../../domain/learner.ts';
import type { LaneState } from '../../../domain/ledger.ts';
import { type SentValue, type Shadow, sentOf } from '../../../domain/observation.ts';
import type { Call, CentreFinding, Hold, NextStep } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import {
  decideSent,
  joinParts,
  lostHold,
  nothing,
  type Part,
  toCallStep,
  toFieldSubject,
  toHold,
  toMissingNote,
  toNote,
  toSteps,
} from '../../common/parts.ts';
import { isSameText, isUnreadable, toText } from '../../common/values.ts';
import { toWho } from '../../common/who.ts';
import { toFieldKey } from '../wire/names.ts';
import { type AimMatch, type AimPair, matchAims, toQualificationId } from './aim-match.ts';
import { isTakenFromAnother } from './crossed.ts';
import { notesOfElements } from './elements.ts';
import {
  type AimRecord,
  type Of,
  toAimRecord,
  toReadAim,
  toReadAims,
  toReadContestedAims,
} from './records.ts';
import type { OneFileLearnerView, OneFileSettings } from './settings.ts';
import { toRegistrationNumber } from './values.ts';

type View = OneFileLearnerView;

/**
 * Maximum age of a reading that a push relies on. A full pass may have read the learner minutes before its
 * turn.
 */
const freshForMs = 60_000;

/** How long the aims of a learner count as known when a qualification finds none among them. */
const askAgainMs = 3_600_000;

export type Aims = AimMatch & { readonly shadows: readonly Shadow[] };

/** The learner's aims as last read, paired with its qualifications. */
export function toAims({ learner, lane }: View, learnerId: string): Aims {
  const shadows = lane.shadows.filter(
    (shadow) => shadow.entity === 'learning-aim' && shadow.learnerVendorId === learnerId,
  );
  const aims = shadows.map(({ vendorId, record }) => toAimRecord(vendorId, record));
  const { ident, qualifications } = learner;
  return { shadows, ...matchAims({ ident, qualifications, aims, links: lane.links }) };
}

/**
 * A-35, D-9, D-10: pairs that were found by reference become links, and links that contradict them go first.
 *
 * Where several records have the reference, the aims are read once more before. That publishes them, so the reconciler
 * sees the aim that now counts, whose last observation it may have left alone.
 */
export function linkAims({ learner, settings, reads }: View, of: Of, aims: Aims): Part {
  const found = aims.pairs.filter(({ isLinked }) => !isLinked);
  const readAll = toReadContestedAims(of);
  const isRead = reads.has(readKey(readAll)) || !found.some(({ isContested }) => isContested);
  const links = found.map(({ qualification, aim }) => ({
    vendor: 'onefile' as const,
    centre: settings.centreId,
    kind: 'qualification' as const,
    picsId: toQualificationId(learner.ident, qualification.key),
    vendorId: aim.id,
    ident: learner.ident,
    how: 'matched' as const,
  }));
  const unclear = aims.unclear.map((one) => unclearHold(learner, one));
  if (!isRead) return joinParts([toSteps(toCallStep(readAll)), ...unclear]);
  const unlinks: Part = aims.stale.length === 0 ? nothing : toSteps({ kind: 'unlink', links: aims.stale });
  return joinParts([unlinks, links.length === 0 ? nothing : toSteps({ kind: 'link', links }), ...unclear]);
}

/** D-10: a person corrects what OneFile shows of these aims; until then neither is used. */
function unclearHold(learner: Learner, { qualification, aims }: AimMatch['unclear'][number]): Part {
  const code = toQualificationId(learner.ident, qualification.key);
  const ids = aims.map(({ id }) => id).join(', ');
  const params = { ...toWho(learner, 'onefile'), reference: qualification.reference, ids };
  return toHold({ subject: `qualification:${code}`, code: 'AIM_UNCLEAR', params });
}

/**
 * OF-42 to OF-44, D-1: reads the aims where the sides differ, then sends the values that are blank at
 * OneFile.
 *
 * First it compares PICS with the last known aims. Only if they differ, or no aim is known and PICS has a
 * value, it asks for one read of all aims. After that read each pair is compared again, and each difference
 * becomes one update call. If its reading is too old, the aim is read by itself before the update.
 *
 * The read serves the other direction too: it is published, and the reconciler writes OneFile's values into
 * PICS.
 */
export function pushAims(view: View, of: Of, aims: Aims): Part {
  const moves = aims.pairs.map((pair) => movesOf(view, pair));
  return joinParts([
    pushValues(view, of, aims),
    unreadableHolds(view, aims),
    ...notesOfUnpaired(view, of, aims),
    ...moves.flatMap(({ lost }) => lost.map(toHold)),
    ...moves.flatMap(({ notes }) => notes.map(({ code, subject }) => toNote(code, subject))),
    ...notesOfElements(view, aims.pairs),
    { ...nothing, findings: findProven(view, aims) },
  ]);
}

/** A-35, G-10: a qualification with a value to send, of which OneFile has no aim. */
function notesOfUnpaired(view: View, of: Of, { shadows, pairs, unclear }: Aims): readonly Part[] {
  const { ident, qualifications } = view.learner;
  const settled = new Set([...pairs, ...unclear].map(({ qualification }) => qualification));
  const linked = new Set(
    view.lane.links.filter(({ kind }) => kind === 'qualification').map(({ picsId }) => picsId),
  );
  return qualifications.flatMap((qualification) => {
    const picsId = toQualificationId(ident, qualification.key);
    const isLost = linked.has(picsId); // LINK_GONE
    if (isLost || settled.has(qualification) || !hasExchangedValue(qualification)) return [];
    const note = { code: 'A-35', subject: `qualification:${picsId}` };
    if (shadows.length > 0) return [toNote(note.code, note.subject)];
    return [toMissingNote(view, note, (how) => toReadAims({ ...of, ...how }))];
  });
}

/** D-16: any aim that shows a field proves that OneFile keeps it. What was only acknowledged is no proof. */
function findProven({ lane, settings }: View, { shadows }: Aims): readonly CentreFinding[] {
  return fieldNames.flatMap((field) => {
    const key = supportKey(settings, field);
    if (lane.fieldSupport[key] === true) return [];
    const proof = shadows.find(
      ({ record, sent }) => toText(record[field]) !== null && sent?.[field]?.state !== 'acknowledged',
    );
    return proof === undefined
      ? []
      : [{ kind: 'field-support' as const, field: key, isKept: true, record: proof.vendorId }];
  });
}

function supportKey({ names }: Pick<OneFileSettings, 'names'>, field: ExchangedField): string {
  return toFieldKey(names, exchangedFields[field]);
}

function pushValues(view: View, of: Of, aims: Aims): Part {
  const readAims = toReadAims(of);
  if (!view.reads.has(readKey(readAims))) {
    return isReadNeeded(view, aims) ? toSteps(toCallStep(readAims)) : nothing;
  }
  const pushes = aims.pairs.flatMap((pair): NextStep[] => {
    const { toOneFile } = movesOf(view, pair);
    if (Object.keys(toOneFile).length === 0) return [];
    const readAim = toReadAim(of, pair.aim.id);
    if (!isFresh(view, aims, pair.aim) && !view.reads.has(readKey(readAim))) return [toCallStep(readAim)];
    const update = toUpdateAim(view, of.learnerId, pair.aim.id, toOneFile);
    return [toCallStep({ ...update, restsOn: [readAims, readAim].map(readKey) })];
  });
  return joinParts([toSteps(...pushes), goneAimHolds(view, aims)]);
}

/**
 * Whether the known values differ, or PICS has a value whose aim is not known.
 *
 * D-20: such an aim may be at OneFile since the last reading. An hour must lie between two readings for this reason:
 * many qualifications never get an aim, and each look at their learner would cost a call.
 */
function isReadNeeded(view: View, { shadows, pairs }: Aims): boolean {
  const differs = pairs.some((pair) => {
    const { toOneFile, toPics } = movesOf(view, pair);
    return Object.keys(toOneFile).length > 0 || Object.keys(toPics).length > 0;
  });
  const readAtMs = Math.max(0, ...shadows.map(({ observedAtMs }) => observedAtMs));
  if (differs || view.nowMs - readAtMs < askAgainMs) return differs;
  const paired = new Set(pairs.map(({ qualification }) => qualification));
  return view.learner.qualifications.some((one) => !paired.has(one) && hasExchangedValue(one));
}

/** What is sent and what is taken over of one pair, and what is neither although the sides differ. */
type PairMoves = AimMoves & {
  readonly lost: readonly Hold[];
  readonly notes: Part['notes'];
};

/**
 * OF-42 to OF-44 for one pair, with what is known of earlier values.
 *
 * D-16: a value that OneFile did not keep is held, and not sent while the held item is open. A field that is given up
 * is not sent at all. A value that OneFile keeps in another form is noted.
 */
export function movesOf(
  { learner, lane, settings }: View,
  {
    qualification,
    aim,
    earlier = [],
  }: Pick<AimPair, 'qualification' | 'aim'> & Partial<Pick<AimPair, 'earlier'>>,
): PairMoves {
  // with `unitsScope` = all a qualification with units is left out completely.
  if (settings.unitsScope === 'all' && qualification.hasUnits) {
    const subject = `qualification:${toQualificationId(learner.ident, qualification.key)}`;
    return { toOneFile: {}, toPics: {}, lost: [], notes: [{ code: 'A-27', subject }] };
  }
  const shadow = findAimShadow(lane.shadows, aim.id);
  const moves = decideAimFields(qualification, aim, {
    sent: sentOf(shadow),
    observedAtMs: shadow?.observedAtMs ?? 0,
    correctsAfterMs: toCorrectsAfterMs(settings, lane),
  });
  const lost: Hold[] = [];
  const notes: Part['notes'][number][] = [];
  const toOneFile: Partial<Record<ExchangedField, string>> = {};
  for (const field of fieldNames) {
    const place = { entity: 'learning-aim', vendorId: aim.id, field, name: picsNames[field] };
    const sent = shadow?.sent?.[field];
    if (sent?.state === 'read-back' && sent.shown !== null && sent.shown !== sent.value)
      notes.push({ code: 'VENDOR_CHANGED_IT', subject: toFieldSubject(place) });
    const value = moves.toOneFile[field];
    if (value === undefined) continue;
    // D-10: a value of the aim that was left is not carried on to the aim that has taken its place.
    const isLeft = earlier.some((one) => isSameText(one[field], value));
    // D-13: nor is one that came from another person's portfolio.
    if (isLeft || isTakenFromAnother(lane, qualification.key, field)) {
      notes.push({ code: isLeft ? 'D-10' : 'D-13', subject: toFieldSubject(place) });
      continue;
    }
    const hold = lostHold(place, 'onefile');
    const isHeld = lane.held.some(({ subject }) => subject === hold.subject);
    if (isHeld && decideSent(sent, (known) => isSameText(known, value)) === 'lost') lost.push(hold);
    else if (lane.fieldSupport[supportKey(settings, field)] === false)
      notes.push({ code: 'D-16', subject: toFieldSubject(place) });
    else toOneFile[field] = value;
  }
  return { toOneFile, toPics: moves.toPics, lost, notes };
}

function findAimShadow(shadows: readonly Shadow[], id: string): Shadow | undefined {
  return shadows.find(({ entity, vendorId }) => entity === 'learning-aim' && vendorId === id);
}

/** D-11: values that were sent after this moment may be corrected; null = none. */
export function toCorrectsAfterMs(
  { corrections }: Pick<OneFileSettings, 'corrections'>,
  { lastFullSyncAtMs }: Pick<LaneState, 'lastFullSyncAtMs'>,
): number | null {
  return corrections === 'off' ? null : (lastFullSyncAtMs ?? 0);
}

export function isFresh({ nowMs, demand }: View, { shadows }: Aims, aim: Pick<AimRecord, 'id'>): boolean {
  if (demand === 'change') return true; // all that this look has read is fresh
  const shadow = shadows.find(({ vendorId }) => vendorId === aim.id);
  return shadow !== undefined && nowMs - shadow.observedAtMs <= freshForMs;
}

/** The fields of an aim that may be sent. The two dates are sent at enrolment only (OF-15, OF-46). */
export type AimFields = Partial<Record<ExchangedField | 'startOn' | 'plannedEndOn', string>>;

export function toUpdateAim(
  { lane, settings }: View,
  learnerId: string,
  aimId: string,
  fields: AimFields,
): Call {
  const sent = findAimShadow(lane.shadows, aimId)?.sent ?? {};
  // O12, D-16: read back until the name is proven at this centre, and where OneFile showed nothing the last time.
  const verify = fieldNames.filter((field) => {
    const value = fields[field];
    if (value === undefined) return false;
    const isProven = lane.fieldSupport[supportKey(settings, field)] === true;
    return !isProven || decideSent(sent[field], (known) => isSameText(known, value)) !== 'send';
  });
  return {
    name: 'update-aim',
    effect: 'update' as const,
    subject: `aim:${aimId}`,
    naturalKey: null,
    request: { learnerId, aimId, fields, verify },
  };
}

/** O16: a linked aim that OneFile no longer shows is held for a person and never created again. */
function goneAimHolds({ learner, lane }: View, { shadows }: Aims): Part {
  const { ident, qualifications } = learner;
  const inPics = new Set(qualifications.map(({ key }) => toQualificationId(ident, key)));
  const gone = lane.links.filter(
    ({ kind, picsId, vendorId }) =>
      kind === 'qualification' &&
      inPics.has(picsId) && // D-9: without the qualification there is nothing to ask a person about
      !shadows.some((shadow) => shadow.vendorId === vendorId),
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

type FieldMove = { readonly kind: 'none' | 'to-pics' | 'to-onefile' };

/** What is known of one field beside its two values. */
type FieldHistory = {
  readonly sent: SentValue | undefined;
  readonly observedAtMs: number;
  readonly correctsAfterMs: number | null;
};

/**
 * OF-42..44: a blank field takes the value of the other side. If both sides have different values, OneFile's
 * wins.
 *
 * D-11: with one exception. OneFile still shows what we sent into the blank field since the last completed full
 * synchronisation, and PICS has another value now: then PICS was corrected, and the correction is sent. A reading that
 * is older than our last value says nothing about the field.
 */
function decideAimField(
  pics: string | null,
  oneFile: string | null,
  { sent, observedAtMs, correctsAfterMs }: FieldHistory,
): FieldMove {
  if (sent !== undefined && observedAtMs < sent.sentAtMs) return { kind: 'none' };
  if (pics === null) return { kind: oneFile === null ? 'none' : 'to-pics' };
  if (oneFile === null) return { kind: 'to-onefile' };
  if (isSameText(pics, oneFile)) return { kind: 'none' };
  const isOurs =
    (sent?.state === 'acknowledged' || sent?.state === 'read-back') && isSameText(sent.shown, oneFile);
  const isCorrected = isOurs && !isSameText(sent.value, pics);
  const isInTime = sent !== undefined && correctsAfterMs !== null && sent.sentAtMs > correctsAfterMs;
  return { kind: isCorrected && isInTime ? 'to-onefile' : 'to-pics' };
}

/**
 * The four values of a delivery qualification that are exchanged in both directions, each with the key under
 * which it is remembered whether a centre keeps it (O12).
 */
export const exchangedFields = {
  registrationNumber: 'aim.registrationNumber',
  registeredOn: 'aim.registrationDate',
  certificateAppliedOn: 'aim.certificateApplied',
  certificateReceivedOn: 'aim.certificateReceived',
} as const;

export type ExchangedField = keyof typeof exchangedFields;
type AimMoves = {
  readonly toOneFile: Partial<Record<ExchangedField, string>>;
  readonly toPics: Partial<Record<ExchangedField, string>>;
};

/** What is known of an aim beside what it shows. */
type AimHistory = {
  readonly sent: NonNullable<Shadow['sent']>;
  readonly observedAtMs: number;
  /** See `toCorrectsAfterMs`. */
  readonly correctsAfterMs: number | null;
};

const noHistory: AimHistory = { sent: {}, observedAtMs: 0, correctsAfterMs: null };

/** OF-42..44 for one qualification and its aim. Fields that either side shows unreadably are left out (D-17). */
export function decideAimFields(
  qualification: Pick<Qualification, ExchangedField>,
  aim: Pick<AimRecord, ExchangedField> & Partial<Pick<AimRecord, 'unreadable'>>,
  { sent, observedAtMs, correctsAfterMs }: AimHistory = noHistory,
): AimMoves {
  const toOneFile: Partial<Record<ExchangedField, string>> = {};
  const toPics: Partial<Record<ExchangedField, string>> = {};
  for (const field of fieldNames) {
    if (aim.unreadable?.includes(field) || isUnreadableDate(qualification, field)) continue;
    const clean = field === 'registrationNumber' ? toRegistrationNumber : toText;
    const [pics, oneFile] = [clean(qualification[field]), clean(aim[field])];
    const { kind } = decideAimField(pics, oneFile, { sent: sent[field], observedAtMs, correctsAfterMs });
    if (kind === 'to-onefile' && pics !== null) toOneFile[field] = pics;
    if (kind === 'to-pics' && oneFile !== null) toPics[field] = oneFile;
  }
  return { toOneFile, toPics };
}

function isUnreadableDate(
  qualification: Pick<Qualification, ExchangedField>,
  field: ExchangedField,
): boolean {
  return field !== 'registrationNumber' && isUnreadable(qualification[field]);
}

/** D-17: dates of PICS that are none are held, with the name PICS has for them. The other fields are exchanged. */
function unreadableHolds({ learner, settings }: View, { pairs }: Aims): Part {
  const holds = pairs.flatMap(({ qualification }) => {
    const isLeftAlone = settings.unitsScope === 'all' && qualification.hasUnits;
    const fields = isLeftAlone ? [] : fieldNames.filter((field) => isUnreadableDate(qualification, field));
    if (fields.length === 0) return [];
    const picsId = toQualificationId(learner.ident, qualification.key);
    const field = fields.map((name) => `${picsNames[name]} (${qualification[name]})`).join(', ');
    const params = { vendor: 'PICS', what: `qualification ${picsId}`, field };
    return [toHold({ subject: `qualification-dates:${picsId}`, code: 'UNREADABLE_DATE', params })];
  });
  return joinParts(holds);
}

/** The fields as PICS shows them to its users. */
export const picsNames: Readonly<Record<ExchangedField, string>> = {
  registrationNumber: 'Registration Number',
  registeredOn: 'Registration Date',
  certificateAppliedOn: 'Certificate Applied For Date',
  certificateReceivedOn: 'Certificate Received Date',
};

/** True when PICS has at least one of the four values. */
function hasExchangedValue(qualification: Pick<Qualification, ExchangedField>): boolean {
  return fieldNames.some((field) => toText(qualification[field]) !== null);
}

const fieldNames = Object.keys(exchangedFields) as ExchangedField[];
