import type { OwnerKind } from '../../../core/owner.ts';
import type { Assessor } from '../rules/settings.ts';
import { assessorRoles } from '../wire/codes.ts';
import { flagOf, textOf } from '../wire/values.ts';
import type { Account } from './api.ts';
import { searchUsers, toFullName } from './look-for.ts';
import { type Failed, toFailure } from './making.ts';
import { searchAll } from './search.ts';
import type { ClientParts } from './sight.ts';

/** One line of a look-up list. */
export type FoundOwner = {
  readonly id: string;
  readonly name: string | null;
  readonly misId: string | null;
  readonly email: string | null;
  /** Archived assessors and inactive placements are told, not left out; null where OneFile does not say. */
  readonly isActive: boolean | null;
};

type Parts = { readonly parts: ClientParts; readonly account: Account };

/** OF-30, OF-33: all assessors (both roles) or placements in which every word of the text occurs. */
export async function searchOwners(
  kind: OwnerKind,
  text: string,
  { parts, account }: Parts,
): Promise<readonly FoundOwner[] | Failed> {
  const all =
    kind === 'officer' ? await listAssessors({ parts, account }) : await listPlacements({ parts, account });
  if ('kind' in all) return all;
  const words = toPlain(text).split(/\s+/);
  const isMatch = (one: FoundOwner): boolean => {
    const plain = toPlain([one.name, one.misId, one.email, one.id].filter((part) => part !== null).join(' '));
    return words.every((word) => plain.includes(word));
  };
  return all.filter(isMatch).toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? '', 'en'));
}

/** Without case and accents, which people leave out when they search. */
function toPlain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}

async function listAssessors({ parts, account }: Parts): Promise<readonly FoundOwner[] | Failed> {
  const found = await searchUsers('assessor', {}, { parts, account });
  if (found.kind !== 'rows') return toFailure(found);
  return found.rows.map((one): FoundOwner => {
    const { id, row } = one;
    const archived = flagOf(row, parts.names('user.archived'));
    const isActive = archived === null ? null : !archived;
    const name = toFullName(one);
    const shared = { id, misId: textOf(row, 'MISID'), email: textOf(row, 'Email'), isActive };
    return { ...shared, name: name === '' ? null : name };
  });
}

async function listPlacements({ parts, account }: Parts): Promise<readonly FoundOwner[] | Failed> {
  const found = await searchAll(parts.api, parts.searches.placements(), account);
  if (found.kind !== 'rows') return toFailure(found);
  return found.rows.map(
    ({ id, row }): FoundOwner => ({
      ...{ id, name: textOf(row, 'Name'), misId: textOf(row, parts.names('placement.misId')) },
      ...{ email: textOf(row, parts.names('placement.email')), isActive: flagOf(row, 'Active') },
    }),
  );
}

/** Ids and MIS values alone: thin rows show them too. */
export async function readAssessors({ parts, account }: Parts): Promise<readonly Assessor[] | Failed> {
  const assessors: Assessor[] = [];
  for (const role of assessorRoles) {
    const found = await searchAll(parts.api, { ...parts.searches.users(role), isFull: null }, account);
    if (found.kind !== 'rows') return toFailure(found);
    assessors.push(...found.rows.map(({ id, row }) => ({ id, misId: textOf(row, 'MISID') })));
  }
  return assessors;
}

/** A thin row of a placement hides its MIS value. */
export async function readPlacements(
  parts: Parts,
): Promise<readonly Pick<FoundOwner, 'id' | 'misId'>[] | Failed> {
  const all = await listPlacements(parts);
  return 'kind' in all ? all : all.map(({ id, misId }) => ({ id, misId }));
}
