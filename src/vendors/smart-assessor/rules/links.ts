import type { JsonObject } from '../../../domain/json.ts';
import type { Link } from '../../../domain/link.ts';
import type { OwnerMatch, SeenOwners } from '../../../domain/people.ts';
import type { VendorIds } from '../../common/learner-link.ts';
import {
  decideOwnerLink as decideLink,
  matchSeenOwners as matchOwners,
  type OwnerFacts,
  type OwnerLink,
  type OwnerLinking,
} from '../../common/owner-link.ts';
import type { PersonFacts } from '../../common/person.ts';
import { toText } from '../../common/values.ts';
import type { SmartAssessorSettings } from './settings.ts';

/*
 * Who is linked with whom at Smart Assessor: what `common/learner-link.ts` and `common/owner-link.ts` decide for every
 * vendor, by ids alone (SA-23).
 */

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * SA-24: ids of employers are digits alone, without leading zeros; those of people are text that is not digits alone.
 * A GUID may be typed with braces and in capitals.
 */
function toId(kind: 'learner' | 'officer' | 'organisation', text: string): string | null {
  const id = text.trim();
  if (kind === 'organisation') return /^0*[1-9]\d{0,17}$/.test(id) ? id.replace(/^0+/, '') : null;
  const bare = /^\{(.*)\}$/.exec(id)?.[1]?.trim() ?? id;
  if (guid.test(bare)) return /^[0-]+$/.test(bare) ? null : bare.toLowerCase();
  return /^\d*$/.test(bare) || !/^[\w.-]{1,50}$/.test(bare) ? null : bare;
}

export const smartAssessorIds: VendorIds = {
  vendor: 'smartassessor',
  learner: 'smartAssessorId',
  review: 'smartAssessorId',
  activePortfolio: 'S',
  toId,
  personOf: toPersonFacts,
};

type Settings = Pick<SmartAssessorSettings, 'externalIdVendor'>;

/** SA-20, SA-21, SA-24: decides which assessor or employer an officer or organisation is. */
export function decideOwnerLink(
  owner: OwnerFacts,
  links: readonly Link[],
  settings: Settings,
  nowMs: number,
): OwnerLink {
  return decideLink(owner, links, toLinking(settings), nowMs);
}

function toLinking({ externalIdVendor }: Settings): OwnerLinking {
  return { ids: smartAssessorIds, countsTyped: true, isColumnOurs: externalIdVendor === 'smartassessor' };
}

/** D-6, SA-23: officers and organisations by their ids, never by MIS value. */
export function matchSeenOwners(
  seen: SeenOwners,
  settings: Settings & Pick<SmartAssessorSettings, 'site'>,
  nowMs: number,
): OwnerMatch {
  return matchOwners(seen, { ...toLinking(settings), centre: settings.site, usesMisIds: false }, nowMs);
}

/** A learner of Smart Assessor as it was observed. */
function toPersonFacts(record: JsonObject): PersonFacts {
  return {
    uln: toText(record['uln']),
    niNumber: toText(record['niNumber']),
    firstName: toText(record['givenNames']),
    surname: toText(record['familyName']),
    birthDate: toText(record['dateOfBirth']),
    misValue: toText(record['misId']),
  };
}

/** SA-24: why a text cannot be the id of such a record, as the end of a sentence; null: it can. */
export function explainId(kind: 'learner' | 'officer' | 'organisation', text: string): string | null {
  if (toId(kind, text) !== null) return null;
  return kind === 'organisation'
    ? 'the id of an employer is a whole number'
    : 'the id of a person is text such as 335df8bc-b135-46d0-88a5-e41523b54312, never digits alone';
}
