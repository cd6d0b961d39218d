import type { Officer } from '../../../domain/learner.ts';
import type { Shadow } from '../../../domain/observation.ts';
import { type OwnerKey, toOwnerLane } from '../../../domain/owner.ts';
import type { Call, Hold } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import {
  type Fields,
  findPushed,
  nothingPushed,
  type Pushed,
  pushAfterReading,
} from '../../common/details.ts';
import {
  decideSent,
  joinParts,
  lostHold,
  nothing,
  type Part,
  toCallStep,
  toHold,
  toSteps,
} from '../../common/parts.ts';
import { toText } from '../../common/values.ts';
import { toWho } from '../../common/who.ts';
import { learnerDetailFields, officerDetailFields, organisationDetailFields } from './details-fields.ts';
import { decideOfficerLink, decideOwnerLink } from './links.ts';
import { choosePlacement } from './placement-choice.ts';
import { type Of, toReadLearner } from './records.ts';
import type { OneFileLearnerView, OneFileOwnerView } from './settings.ts';

type View = OneFileLearnerView;

/** A partner at OneFile: its id, or the steps and held items that come first; null = PICS names none. */
type Partner =
  | { readonly kind: 'known'; readonly id: string }
  | { readonly kind: 'part'; readonly part: Part }
  | null;

/**
 * OF-70, A-6, A-7: sends details, Default Assessor and Placement of a linked learner after enrolment, each
 * by its setting.
 *
 * PICS is compared with the learner as last read. If they differ, the learner is read first (D-1), compared
 * again, and all differences are sent in one call. All three settings are off by default (OF-14); then the
 * learner is not read for this either.
 */
export function pushLearnerDetails(view: View, of: Of): Part {
  const { settings } = view;
  const officer = settings.pushMainOfficer ? findMainOfficer(view) : null;
  const placement = settings.pushPlacement ? findPlacement(view) : null;
  const before = [officer, placement].flatMap((one) => (one?.kind === 'part' ? [one.part] : []));
  return joinParts([...before, pushFields(view, of, { ...partnerIds(officer, placement) })]);
}

function partnerIds(officer: Partner, placement: Partner): Fields {
  return {
    ...(officer?.kind === 'known' ? { defaultAssessorId: officer.id } : {}),
    ...(placement?.kind === 'known' ? { placementId: placement.id } : {}),
  };
}

function pushFields(view: View, of: Of, ids: Fields): Part {
  const { lane, reads } = view;
  const shadow = lane.shadows.find(
    ({ entity, vendorId }) => entity === 'learner' && vendorId === of.learnerId,
  );
  const details = findDetails(view, of, shadow);
  const partners = findIds(view, of, ids, shadow);
  const pushed: Pushed = {
    fields: { ...details.fields, ...partners.fields },
    lost: [...details.lost, ...partners.lost],
    notes: [...details.notes, ...partners.notes],
  };
  const read = toReadLearner(of);
  return pushAfterReading(pushed, {
    read,
    isRead: reads.has(readKey(read)) || of.isFirst === true,
    isKnown: shadow !== undefined,
    update: (fields) => ({
      name: 'update-learner',
      effect: 'update',
      subject: `learner-details:${of.ident}`,
      naturalKey: null,
      request: { learnerId: of.learnerId, fields, verify: Object.keys(fields) },
    }),
  });
}

function findDetails({ learner, lane, settings }: View, of: Of, shadow: Shadow | undefined): Pushed {
  if (settings.learnerDetails !== 'push') return nothingPushed;
  const place = { vendor: 'onefile', entity: 'learner', vendorId: of.learnerId, held: lane.held } as const;
  const choice = { groups: settings.learnerDetailFields, support: lane.fieldSupport, ...place };
  return findPushed(learnerDetailFields, choice, {
    pics: learner,
    record: shadow?.record ?? {},
    sent: shadow?.sent ?? {},
  });
}

function findIds({ lane }: View, of: Of, ids: Fields, shadow: Shadow | undefined): Pushed {
  const fields: Record<string, string> = {};
  const lost: Hold[] = [];
  for (const [name, id] of Object.entries(ids)) {
    if (lane.fieldSupport[`learner.${name}`] === false || toText(shadow?.record[name]) === id) continue;
    const hold = lostHold({ entity: 'learner', vendorId: of.learnerId, field: name, name }, 'onefile');
    const isLost = decideSent(shadow?.sent?.[name], (known) => known === id) === 'lost';
    if (isLost && lane.held.some(({ subject }) => subject === hold.subject)) lost.push(hold);
    else fields[name] = id;
  }
  return { fields, lost, notes: [] };
}

/**
 * the Default Assessor follows the Main Officer. There is no fallback: without an officer the assessor
 * stays.
 */
function findMainOfficer({ learner, lane, settings, centre, needed, nowMs }: View): Partner {
  const officer: Officer | undefined = learner.officers.find(({ code }) => code === learner.mainOfficer);
  if (officer === undefined) return null;
  const known = { officer, links: lane.links, settings, centre, needed, nowMs };
  const link = decideOfficerLink(known);
  switch (link.kind) {
    case 'linked':
      return { kind: 'known', id: link.assessorId };
    case 'step':
      return { kind: 'part', part: toSteps(link.step) };
    case 'impossible':
      return partnerHold(`main-officer:${learner.ident}`, link.code, {
        ...link.params,
        ...toWho(learner, 'onefile'),
      });
  }
}

/** the Placement is chosen as at enrolment (OF-22). */
function findPlacement({ learner, lane, settings, needed, nowMs }: View): Partner {
  const placement = choosePlacement(learner.placements, nowMs);
  if (placement === null || placement.organisation === null || placement.organisationName === null)
    return null; // no placement, or an organisation that PICS has no record of
  const { organisation: code, organisationExternalId: externalId } = placement;
  const key: OwnerKey = { kind: 'organisation', code };
  const link = decideOwnerLink({ ...key, externalId }, lane.links, settings, nowMs);
  if (link.kind === 'linked') return { kind: 'known', id: link.vendorId };
  const holds = needed.get(toOwnerLane(key));
  if (holds === undefined)
    return { kind: 'part', part: toSteps({ kind: 'need', owners: [{ ...key, reads: [] }] }) };
  const [first] = holds;
  return partnerHold(`placement:${learner.ident}`, first?.code ?? 'NO_PLACEMENT', {
    ...first?.params,
    place: code,
    ...toWho(learner, 'onefile'),
  });
}

function partnerHold(subject: string, code: string, params: Readonly<Record<string, string>>): Partner {
  return { kind: 'part', part: toHold({ subject, code, params }) };
}

type OwnerPushView = OneFileOwnerView;

/**
 * The words OneFile uses for an officer or organisation: the entity of its record and the name of its id.
 */
const words = {
  officer: { entity: 'assessor', idName: 'assessorId' },
  organisation: { entity: 'placement', idName: 'placementId' },
} as const;

/**
 * OF-71, OF-72: exchanges the details of a linked officer or organisation, each by its setting.
 *
 * In push mode PICS is compared with the record as last read. If they differ, the record is read once more
 * (D-1), compared again, and the differences are sent in one call. In pull mode a refresh only reads the
 * record; the reconciler takes the values over. A learner that only needs the record to exist (`need`) does
 * not wait for either.
 */
export function pushOwnerDetails(view: OwnerPushView): Part {
  const { owner, lane, settings, demand, reads, nowMs } = view;
  const mode = owner.kind === 'officer' ? settings.officerDetails : settings.organisationDetails;
  if (mode === 'ignore' || demand === 'need') return nothing;
  const link = decideOwnerLink(owner, lane.links, settings, nowMs);
  if (link.kind !== 'linked') return nothing;
  const read = readCall(owner, link.vendorId);
  const isRead = reads.has(readKey(read));
  // Pull mode: the reconciler takes over what a read shows. A retry by a person reads it now.
  if (mode === 'pull') return isRead || demand !== 'refresh' ? nothing : toSteps(toCallStep(read));
  const { entity } = words[owner.kind];
  const shadow = lane.shadows.find((one) => one.entity === entity && one.vendorId === link.vendorId);
  return pushAfterReading(findFields(view, link.vendorId, shadow), {
    read,
    isRead,
    isKnown: shadow !== undefined,
    // A full run compares with OneFile as it is now, not as it was last read (OF-8).
    isReadFirst: demand === 'refresh',
    update: (fields) => updateCall(view, link.vendorId, fields),
  });
}

function findFields(
  { owner, lane, settings }: OwnerPushView,
  vendorId: string,
  shadow: Shadow | undefined,
): Pushed {
  const known = { vendor: 'onefile', support: lane.fieldSupport, vendorId, held: lane.held } as const;
  const there = { record: shadow?.record ?? {}, sent: shadow?.sent ?? {} };
  if (owner.kind === 'officer') {
    const choice = { groups: settings.officerDetailFields, entity: 'assessor', ...known };
    return findPushed(officerDetailFields, choice, { pics: owner, ...there });
  }
  const choice = { groups: settings.organisationDetailFields, entity: 'placement', ...known };
  return findPushed(organisationDetailFields, choice, { pics: owner, ...there });
}

/** Keys of the reads that a full pass has already made for an officer or organisation. */
export function toOwnerPassReads(key: OwnerKey): readonly string[] {
  return [readKey(readCall(key, ''))];
}

function readCall({ kind, code }: OwnerKey, vendorId: string): Call {
  const { entity, idName } = words[kind];
  return {
    name: `read-${entity}`,
    effect: 'read',
    subject: `${kind}:${code}`,
    naturalKey: null,
    request: { code, [idName]: vendorId },
  };
}

function updateCall({ owner: { kind, code } }: OwnerPushView, vendorId: string, fields: Fields): Call {
  const { entity, idName } = words[kind];
  return {
    name: `update-${entity}`,
    effect: 'update',
    subject: `${kind}-details:${code}`,
    naturalKey: null,
    request: { [idName]: vendorId, fields, verify: Object.keys(fields) },
  };
}
