import { assessorRoles, roles } from '../wire/codes.ts';
import { textOf } from '../wire/values.ts';
import type { ApiFailure } from './api.ts';
import type { About, Making } from './making.ts';
import { type FoundRow, searchAll } from './search.ts';
import type { WantedUser } from './searches.ts';

export type Looked =
  | { readonly kind: 'rows'; readonly rows: readonly FoundRow[]; readonly sentAtMs: number }
  /** Neither a key of ours nor enough to know the record by. */
  | { readonly kind: 'blind' }
  | ApiFailure;

type UserKey = {
  readonly who: 'learner' | 'assessor';
  readonly misId: string | null;
  readonly about: About | null;
  /** Known and not meant. */
  readonly except?: readonly string[];
};

/** Users with the wanted properties: learners, or assessors of both roles. Archived ones count. */
export async function searchUsers(
  who: UserKey['who'],
  wanted: WantedUser,
  { parts, account }: Pick<Making, 'parts' | 'account'>,
): Promise<Exclude<Looked, { kind: 'blind' }>> {
  const rows = new Map<string, FoundRow>();
  let sentAtMs = parts.now();
  for (const role of who === 'learner' ? [roles.learner] : assessorRoles) {
    const found = await searchAll(parts.api, parts.searches.users(role, wanted), account);
    if (found.kind !== 'rows') return found;
    sentAtMs = Math.min(sentAtMs, found.sentAtMs);
    for (const row of found.rows) rows.set(row.id, row);
  }
  return { kind: 'rows', rows: [...rows.values()], sentAtMs };
}

/**
 * O10: a user by the key it was created with: MIS value, else names and e-mail address together.
 *
 * A centre may not keep MIS values, so that one who has none may still be ours; who has another one is not.
 */
export async function lookForUser(
  { who, misId, about, except = [] }: UserKey,
  making: Pick<Making, 'parts' | 'account'>,
): Promise<Looked> {
  const isMeant = ({ id, row }: FoundRow): boolean =>
    !except.includes(id) && [null, misId].includes(textOf(row, 'MISID'));
  if (misId !== null) {
    const found = await searchUsers(who, { misId }, making);
    if (found.kind !== 'rows') return found;
    const rows = found.rows.filter(isMeant);
    if (rows.length > 0) return { ...found, rows };
  }
  const { firstName = null, lastName = null, email = null } = about ?? {};
  if (firstName === null || lastName === null || email === null) {
    return misId === null ? { kind: 'blind' } : { kind: 'rows', rows: [], sentAtMs: making.parts.now() };
  }
  const found = await searchUsers(who, { firstName, lastName, email }, making);
  return found.kind === 'rows' ? { ...found, rows: found.rows.filter(isMeant) } : found;
}

/** O10: a placement by MIS value, else by exactly its name where the placement has no MIS value of another. */
export async function lookForPlacement(
  { misId, name }: { readonly misId: string | null; readonly name: string | null },
  { parts, account }: Pick<Making, 'parts' | 'account'>,
): Promise<Looked> {
  const misIdOf = ({ row }: FoundRow) => textOf(row, parts.names('placement.misId'));
  if (misId !== null) {
    const found = await searchAll(parts.api, parts.searches.placements({ misId }), account);
    if (found.kind !== 'rows' || found.rows.length > 0) return found;
  }
  if (name === null) {
    return misId === null ? { kind: 'blind' } : { kind: 'rows', rows: [], sentAtMs: parts.now() };
  }
  const found = await searchAll(parts.api, parts.searches.placements({ name }), account);
  if (found.kind !== 'rows') return found;
  const rows = found.rows.filter(
    (one) => textOf(one.row, 'Name') === name && [null, misId].includes(misIdOf(one)),
  );
  return { ...found, rows };
}

export function toFullName({ row }: FoundRow): string {
  return [textOf(row, 'FirstName'), textOf(row, 'LastName')].filter((one) => one !== null).join(' ');
}

export function toNames(rows: readonly FoundRow[]): string {
  const names = rows.map((found) => textOf(found.row, 'Name') ?? toFullName(found));
  return names.toSorted().join(', ');
}
