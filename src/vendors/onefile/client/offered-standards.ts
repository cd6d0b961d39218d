import type { OfferedStandard } from '../rules/enrol/facts.ts';
import { routes } from '../wire/routes.ts';
import { idOf } from '../wire/values.ts';
import type { Account, ApiFailure } from './api.ts';
import { type Failed, toFailure } from './making.ts';
import { toRows } from './read-body.ts';
import type { ClientParts } from './sight.ts';

/**
 * OF-18: what the centre offers, read afresh. One code may have several standards (pathways); one without a code is no
 * qualification anybody could ask for.
 */
export async function readOfferedStandards(
  parts: ClientParts,
  account: Account,
): Promise<readonly OfferedStandard[] | Failed> {
  const read = await parts.catalogue.refresh(account);
  if (read.kind !== 'standards') return toFailure(read);
  const open = await readOpenIds(parts, account);
  if (open.kind !== 'ids') return toFailure(open);
  return read.standards.flatMap(({ id, code, title }) =>
    code === null || open.ids?.has(id) === false ? [] : [{ id, code, title }],
  );
}

type OpenIds = { readonly kind: 'ids'; readonly ids: ReadonlySet<string> | null };

/** Standards open to the centre; null where OneFile does not tell, so that all count. */
export async function readOpenIds(
  { api, centreId }: ClientParts,
  account: Account,
): Promise<OpenIds | ApiFailure> {
  const answer = await api.call(routes.assignedStandards(centreId), null, account);
  if (answer.kind === 'rejected') return { kind: 'ids', ids: null };
  if (answer.kind !== 'ok') return answer;
  const ids = (toRows(answer.body) ?? []).map((row) => idOf(row, 'ID')).filter((id) => id !== null);
  return { kind: 'ids', ids: ids.length === 0 ? null : new Set(ids) };
}
