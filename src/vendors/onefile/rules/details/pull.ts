import type { JsonObject } from '../../../../core/json.ts';
import type { Learner } from '../../../../core/learner.ts';
import type { Link } from '../../../../core/link.ts';
import type { Owner } from '../../../../core/owner.ts';
import type { RowAction, RowDecision } from '../../../../core/row-action.ts';
import { isUncopied } from '../announce.ts';
import type { OneFileSettings } from '../settings.ts';
import { findPulled } from './field.ts';
import { learnerDetailFields } from './learner-fields.ts';
import { officerDetailFields, organisationDetailFields } from './owner-fields.ts';

/** OF-70, A-34: details of a linked learner follow OneFile in pull mode; never the ULN. */
export function pullLearner(learner: Learner, record: JsonObject, settings: OneFileSettings): RowDecision {
  const set = findPulled(learnerDetailFields, settings.learnerDetailFields, { pics: learner, record });
  return set === null ? equal : write({ kind: 'update-learner', ident: learner.ident, set });
}

/** OF-71, OF-72: details of a linked officer or organisation follow OneFile in pull mode. */
export function pullOwner(owner: Owner, record: JsonObject, settings: OneFileSettings): RowDecision {
  const { code } = owner;
  if (owner.kind === 'officer') {
    const set = findPulled(officerDetailFields, settings.officerDetailFields, { pics: owner, record });
    return set === null ? equal : write({ kind: 'update-officer', code, set });
  }
  const groups = settings.organisationDetailFields;
  const set = findPulled(organisationDetailFields, groups, { pics: owner, record });
  return set === null ? equal : write({ kind: 'update-organisation', code, set });
}

type LinkSettings = Pick<OneFileSettings, 'externalIdVendor' | 'matchBy'>;

/** D-2: an id that a user has put into the column wins over the link table, until it was looked at. */
export function isOwnerOf(
  owner: Owner,
  vendorId: string,
  { links, settings }: { readonly links: readonly Link[]; readonly settings: LinkSettings },
): boolean {
  const link = links.find(({ kind, picsId }) => kind === owner.kind && picsId === owner.code);
  if (link?.vendorId !== vendorId) return false;
  if (settings.externalIdVendor !== 'onefile' || settings.matchBy === 'misValue') return true;
  return owner.externalId === vendorId || (owner.externalId === null && isUncopied(link));
}

const equal: RowDecision = { kind: 'ignore', code: 'equal' };

function write(action: RowAction): RowDecision {
  return { kind: 'write', actions: [action] };
}
