import type { Officer } from '../../../domain/learner.ts';
import { type OwnerKey, toOwnerLane } from '../../../domain/owner.ts';
import type { Call } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import {
  type Fields,
  findPushed,
  learnerDetailFields,
  officerDetailFields,
  organisationDetailFields,
  toVerified,
} from './details-fields.ts';
import { toWho } from './enrol/facts.ts';
import { decideOfficerLink, decideOwnerLink } from './links.ts';
import { choosePlacement } from './placement-choice.ts';
import {
  joinParts,
  nothing,
  type Of,
  type Part,
  toCallStep,
  toHold,
  toReadLearner,
  toSteps,
} from './records.ts';
import type { OneFileLearnerView, OneFileOwnerView } from './settings.ts';
import { toText } from './values.ts';

type View = OneFileLearnerView;

/** A partner whose id is known, or what is to be done or said first; null = PICS names none. */
type Partner =
  | { readonly kind: 'known'; readonly id: string }
  | { readonly kind: 'part'; readonly part: Part }
  | null;

const prefix = 'learner';

/**
 * OF-70, A-6, A-7: what of the learner's own record goes to OneFile after enrolment, each by its setting.
 *
 * The learner is read first where the sides differ as far as known (D-1), and then sent in one call. Off by default
 * (OF-14): then nothing is read for it either.
 */
export function pushLearnerDetails(view: View, of: Of): Part {
  const { settings } = view;
  const officer = settings.pushMainOfficer ? findMainOfficer(view) : null;
  const placement = settings.pushPlacement ? findPlacement(view) : null;
  const before = [officer, placement].flatMap((one) => (one?.kind === 'part' ? [one.part] : []));
  return joinParts([...before, pushFields(view, of, { ...toIds(officer, placement) })]);
}

function toIds(officer: Partner, placement: Partner): Fields {
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
  const fields = { ...findDetails(view, shadow?.record ?? {}), ...findIds(view, ids, shadow?.record ?? {}) };
  if (Object.keys(fields).length === 0) return nothing;
  const read = toReadLearner(of);
  const isRead = reads.has(readKey(read)) || of.isFirst === true;
  // Without a shadow after a read the learner is gone, and that is held already.
  if (shadow === undefined || !isRead) return isRead ? nothing : toSteps(toCallStep(read));
  return toSteps(
    toCallStep({
      name: 'update-learner',
      effect: 'update',
      subject: `learner-details:${of.ident}`,
      naturalKey: null,
      request: {
        learnerId: of.learnerId,
        fields,
        verify: toVerified(Object.keys(fields), lane.fieldSupport, prefix),
      },
    }),
  );
}

type ShadowRecord = View['lane']['shadows'][number]['record'];

function findDetails({ learner, lane, settings }: View, record: ShadowRecord): Fields {
  if (settings.learnerDetails !== 'push') return {};
  const choice = { groups: settings.learnerDetailFields, support: lane.fieldSupport, prefix };
  return findPushed(learnerDetailFields, choice, { pics: learner, record });
}

function findIds({ lane }: View, ids: Fields, record: ShadowRecord): Fields {
  const wanted = Object.entries(ids).filter(
    ([name, id]) => lane.fieldSupport[`${prefix}.${name}`] !== false && toText(record[name]) !== id,
  );
  return Object.fromEntries(wanted);
}

/** the Default Assessor follows the Main Officer. No fallback: who it was stays. */
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
      return toPartnerHold(`main-officer:${learner.ident}`, link.code, { ...link.params, ...toWho(learner) });
  }
}

/** the Placement follows by the rule of the enrolment (OF-22). */
function findPlacement({ learner, lane, settings, needed, nowMs }: View): Partner {
  const placement = choosePlacement(learner.placements);
  if (placement === null || placement.organisation === null || placement.organisationName === null)
    return null; // none, or an organisation that PICS does not know
  const { organisation: code, organisationExternalId: externalId } = placement;
  const key: OwnerKey = { kind: 'organisation', code };
  const link = decideOwnerLink({ ...key, externalId }, lane.links, settings, nowMs);
  if (link.kind === 'linked') return { kind: 'known', id: link.vendorId };
  const holds = needed.get(toOwnerLane(key));
  if (holds === undefined)
    return { kind: 'part', part: toSteps({ kind: 'need', owners: [{ ...key, reads: [] }] }) };
  const [first] = holds;
  return toPartnerHold(`placement:${learner.ident}`, first?.code ?? 'NO_PLACEMENT', {
    ...first?.params,
    place: code,
    ...toWho(learner),
  });
}

function toPartnerHold(subject: string, code: string, params: Readonly<Record<string, string>>): Partner {
  return { kind: 'part', part: toHold({ subject, code, params }) };
}

type OwnerPushView = OneFileOwnerView;
type OwnerShadowRecord = OwnerPushView['lane']['shadows'][number]['record'];

/** How an officer or organisation is called at OneFile: by its calls, and by the entity of its record. */
const words = {
  officer: { entity: 'assessor', idName: 'assessorId' },
  organisation: { entity: 'placement', idName: 'placementId' },
} as const;

/**
 * OF-71, OF-72: details of a linked officer or organisation that OneFile shows otherwise.
 *
 * Read first where the sides differ as far as known (D-1), then sent in one call. A learner that only needs the record
 * to be there (`need`) does not wait for it.
 */
export function pushOwnerDetails(view: OwnerPushView): Part {
  const { owner, lane, settings, demand, reads, nowMs } = view;
  const mode = owner.kind === 'officer' ? settings.officerDetails : settings.organisationDetails;
  if (mode === 'ignore' || demand === 'need') return nothing;
  const link = decideOwnerLink(owner, lane.links, settings, nowMs);
  if (link.kind !== 'linked') return nothing;
  const read = toReadOwner(owner, link.vendorId);
  const isRead = reads.has(readKey(read));
  // Taken over is what a read shows; a person who retries wants it read now.
  if (mode === 'pull') return isRead || demand !== 'refresh' ? nothing : toSteps(toCallStep(read));
  const { entity } = words[owner.kind];
  const shadow = lane.shadows.find((one) => one.entity === entity && one.vendorId === link.vendorId);
  const fields = findFields(view, shadow?.record ?? {});
  // A full run compares with OneFile as it is now, not as it was last seen (OF-8).
  if (!isRead && (demand === 'refresh' || Object.keys(fields).length > 0)) return toSteps(toCallStep(read));
  if (shadow === undefined || Object.keys(fields).length === 0) return nothing;
  return toSteps(toCallStep(toUpdate(view, link.vendorId, fields)));
}

function findFields({ owner, lane, settings }: OwnerPushView, record: OwnerShadowRecord): Fields {
  const support = lane.fieldSupport;
  if (owner.kind === 'officer') {
    const choice = { groups: settings.officerDetailFields, support, prefix: 'assessor' };
    return findPushed(officerDetailFields, choice, { pics: owner, record });
  }
  const choice = { groups: settings.organisationDetailFields, support, prefix: 'placement' };
  return findPushed(organisationDetailFields, choice, { pics: owner, record });
}

/** What a full pass has read of an officer or organisation, as a look remembers it. */
export function toOwnerPassReads(key: OwnerKey): readonly string[] {
  return [readKey(toReadOwner(key, ''))];
}

function toReadOwner({ kind, code }: OwnerKey, vendorId: string): Call {
  const { entity, idName } = words[kind];
  return {
    name: `read-${entity}`,
    effect: 'read',
    subject: `${kind}:${code}`,
    naturalKey: null,
    request: { code, [idName]: vendorId },
  };
}

function toUpdate({ owner: { kind, code }, lane }: OwnerPushView, vendorId: string, fields: Fields): Call {
  const { entity, idName } = words[kind];
  return {
    name: `update-${entity}`,
    effect: 'update',
    subject: `${kind}-details:${code}`,
    naturalKey: null,
    request: {
      [idName]: vendorId,
      fields,
      verify: toVerified(Object.keys(fields), lane.fieldSupport, entity),
    },
  };
}
