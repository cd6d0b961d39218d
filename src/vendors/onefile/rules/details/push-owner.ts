import type { OwnerKey } from '../../../../core/owner.ts';
import type { Call } from '../../../../core/step.ts';
import { type OwnerView, readKey } from '../../../../core/view.ts';
import { decideOwnerLink } from '../owner-link.ts';
import { nothing, type Part, toCallStep, toSteps } from '../part.ts';
import type { OneFileCentre, OneFileSettings } from '../settings.ts';
import { type Fields, findPushed, toVerified } from './field.ts';
import { officerDetailFields, organisationDetailFields } from './owner-fields.ts';

type View = OwnerView<OneFileSettings, OneFileCentre>;
type ShadowRecord = View['lane']['shadows'][number]['record'];

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
export function pushOwnerDetails(view: View): Part {
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

function findFields({ owner, lane, settings }: View, record: ShadowRecord): Fields {
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

function toUpdate({ owner: { kind, code }, lane }: View, vendorId: string, fields: Fields): Call {
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
