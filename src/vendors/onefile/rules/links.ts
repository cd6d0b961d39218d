import type { JsonObject } from '../../../domain/json.ts';
import type { Officer } from '../../../domain/learner.ts';
import type { Link, NewLink } from '../../../domain/link.ts';
import { toOwnerLane } from '../../../domain/owner.ts';
import type { OwnerMatch, SeenOwners } from '../../../domain/people.ts';
import type { Hold, NextStep } from '../../../domain/step.ts';
import type { VendorIds } from '../../common/learner-link.ts';
import {
  decideOwnerLink as decideLink,
  matchSeenOwners as matchOwners,
  type OwnerFacts,
  type OwnerLink,
  type OwnerLinking,
} from '../../common/owner-link.ts';
import { type PersonFacts, toMisKey } from '../../common/person.ts';
import { toText } from '../../common/values.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

/*
 * Who is linked with whom at OneFile: what `common/learner-link.ts` and `common/owner-link.ts` decide for every vendor,
 * with OneFile's ids and settings, and which assessor an officer of one learner has.
 */

/** OneFile's ids are digits. */
export const oneFileIds: VendorIds = {
  vendor: 'onefile',
  learner: 'oneFileId',
  review: 'oneFileId',
  activePortfolio: 'O',
  toId: (_kind, text) => (/^\d{1,18}$/.test(text) ? text : null),
  personOf: toPersonFacts,
};

type OfficerLink =
  | { readonly kind: 'linked'; readonly assessorId: string }
  /**
   * A step that must come first: store a link that needs no call, or let the officer's own lane find the
   * assessor.
   */
  | { readonly kind: 'step'; readonly step: NextStep }
  /** The officer's lane was asked in this look and has no assessor. `code` says why. */
  | { readonly kind: 'impossible'; readonly code: string; readonly params: Hold['params'] };

type OfficerFacts = {
  readonly officer: Officer;
  readonly links: readonly Link[];
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
  /** Held items of the owners that were asked for in this look, by lane. */
  readonly needed: ReadonlyMap<string, readonly Hold[]>;
  readonly nowMs: number;
};

/**
 * OF-20, OF-32: finds the assessor of an officer that one learner needs.
 *
 * It tries the stored link first, then the cached list of assessors, which costs no call. Everything else is
 * left to the officer's own lane, so that two learners never create the same officer twice (OF-21, G-3).
 * When that lane was already asked in this look, its first held item says why there is no assessor.
 */
export function decideOfficerLink(known: OfficerFacts): OfficerLink {
  const { officer, links, settings, centre, needed, nowMs } = known;
  const key = { kind: 'officer', code: officer.code } as const;
  const link = decideOwnerLink({ ...key, externalId: officer.externalId }, links, settings, nowMs);
  if (link.kind === 'linked') return { kind: 'linked', assessorId: link.vendorId };
  const listed =
    link.kind === 'none' || link.kind === 'typed' ? findListed(officer.code, link, centre) : null;
  const hasStored = links.some(({ kind, picsId }) => kind === 'officer' && picsId === officer.code);
  if (listed !== null && !hasStored) {
    return { kind: 'step', step: { kind: 'link', links: [officerLink(officer.code, listed, settings)] } };
  }
  const holds = needed.get(toOwnerLane(key));
  if (holds === undefined) return { kind: 'step', step: { kind: 'need', owners: [{ ...key, reads: [] }] } };
  const [first] = holds;
  return {
    kind: 'impossible',
    code: first?.code ?? 'NO_ASSESSOR',
    params: { ...first?.params, officer: officer.code },
  };
}

type ListedAssessor = { readonly id: string; readonly how: NewLink['how'] };

/**
 * Null when several assessors have the MIS value. The lane of the officer then asks OneFile and names them
 * in its held item (OF-36).
 */
function findListed(
  code: string,
  link: { readonly kind: 'none' } | { readonly kind: 'typed'; readonly typedId: string },
  { assessors }: OneFileCentre,
): ListedAssessor | null {
  const hits = (assessors ?? []).filter(({ id, misId }) =>
    link.kind === 'none' ? toMisKey(misId) === toMisKey(code) : id === link.typedId,
  );
  const ids = new Set(hits.map(({ id }) => id));
  const [only] = ids.size === 1 ? ids : [];
  return only === undefined ? null : { id: only, how: link.kind === 'none' ? 'matched' : 'typed' };
}

function officerLink(code: string, { id, how }: ListedAssessor, { centreId }: OneFileSettings): NewLink {
  return {
    vendor: 'onefile',
    centre: centreId,
    kind: 'officer',
    picsId: code,
    vendorId: id,
    ident: null,
    how,
  };
}

type Settings = Pick<OneFileSettings, 'externalIdVendor' | 'matchBy'>;

/**
 * OF-30, OF-32, OF-33, D-2: decides which OneFile record an officer or organisation is. With matching by MIS value
 * (OF-35), ids that people typed or looked up are ignored.
 */
export function decideOwnerLink(
  owner: OwnerFacts,
  links: readonly Link[],
  settings: Settings,
  nowMs: number,
): OwnerLink {
  return decideLink(owner, links, toLinking(settings), nowMs);
}

function toLinking({ externalIdVendor, matchBy }: Settings): OwnerLinking {
  const countsTyped = matchBy === 'id';
  return { ids: oneFileIds, countsTyped, isColumnOurs: countsTyped && externalIdVendor === 'onefile' };
}

/** D-6, OF-32: officers and organisations by their ids, else by MIS value. */
export function matchSeenOwners(
  seen: SeenOwners,
  settings: Settings & Pick<OneFileSettings, 'centreId'>,
  nowMs: number,
): OwnerMatch {
  return matchOwners(seen, { ...toLinking(settings), centre: settings.centreId, usesMisIds: true }, nowMs);
}

/** A learner of OneFile as it was observed. */
function toPersonFacts(record: JsonObject): PersonFacts {
  return {
    uln: toText(record['uln']),
    niNumber: toText(record['nino']),
    firstName: toText(record['firstName']),
    surname: toText(record['lastName']),
    birthDate: toText(record['dob']),
    misValue: toText(record['misId']),
  };
}
