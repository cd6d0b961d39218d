import type { OnefileStandardRecord } from '../../../kafka/generated/types.ts';
import { type Names, routes } from '../wire/names.ts';
import { toStandard, toStatusOf } from '../wire/normal-form.ts';
import { toRows } from './answers.ts';
import type { Account, Api, ApiFailure } from './api.ts';
import { type FoundRow, readById, type Searches, searchAll } from './searches.ts';

/**
 * The standards of the centre: standard id to qualification code. Several standards may have the same code.
 */
export type Catalogue = {
  /** Codes by standard id. The list is read when an id is not known, but at most once a minute. */
  codes(standardIds: readonly string[], account: Account): Promise<Codes | ApiFailure>;
  /** Reads all standards again. */
  refresh(account: Account): Promise<StandardsRead | ApiFailure>;
  /** What the centre's statuses of aims are in our numbers (G20). Its list is read once. */
  statuses(account: Account): Promise<Statuses | ApiFailure>;
};
type Statuses = { readonly kind: 'statuses'; readonly statusOf: (status: number) => number };
type Codes = { readonly kind: 'codes'; readonly codeOf: (standardId: string | null) => string | null };
type StandardsRead = {
  readonly kind: 'standards';
  readonly standards: readonly OnefileStandardRecord[];
  readonly sentAtMs: number;
};

const askAgainAfterMs = 60_000;

type CatalogueSource = {
  readonly centreId: string;
  readonly api: Api;
  readonly searches: Searches;
  readonly names: Names;
  readonly steadyMs: () => number;
};

/**
 * Keeps the list of standards in memory. Concurrent callers share one reading of the list. An id that is
 * missing from the list triggers a new reading, but not within a minute of the last one.
 */
export function createCatalogue({ centreId, api, searches, names, steadyMs }: CatalogueSource): Catalogue {
  let codes: ReadonlyMap<string, string | null> | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let inFlight: Promise<StandardsRead | ApiFailure> | null = null;
  let statuses: { readonly answer: Promise<Statuses | ApiFailure>; readonly untilMs: number } | null = null;

  async function read(account: Account): Promise<StandardsRead | ApiFailure> {
    const found = await searchAll(api, searches.standards(), account);
    if (found.kind !== 'rows') return found;
    const rows = await withCodes(found.rows, account);
    if (!Array.isArray(rows)) return rows as ApiFailure;
    const standards = (rows as readonly FoundRow[]).map(({ id, row }) => toStandard(row, id, names));
    codes = new Map(standards.map(({ id, code }) => [id, code]));
    readAtMs = steadyMs();
    return { kind: 'standards', standards, sentAtMs: found.sentAtMs };
  }

  /** O7: if no row shows a code, the rows may be thin, and each standard is read by id. */
  async function withCodes(rows: readonly FoundRow[], account: Account): Promise<FoundRow[] | ApiFailure> {
    if (rows.some(({ id, row }) => toStandard(row, id, names).code !== null)) return [...rows];
    const full: FoundRow[] = [];
    for (const found of rows) {
      const answer = await readById(api, routes.standard(found.id), account);
      if (answer.kind === 'record') full.push({ id: found.id, row: answer.row });
      else if (answer.kind === 'missing') full.push(found);
      else return answer;
    }
    return full;
  }

  function refresh(account: Account): Promise<StandardsRead | ApiFailure> {
    inFlight ??= read(account).finally(() => {
      inFlight = null;
    });
    return inFlight;
  }

  /** Where OneFile does not give the list, its numbers are taken as ours, and it is asked again after a minute. */
  async function readStatuses(account: Account): Promise<Statuses | ApiFailure> {
    const answer = await api.call(routes.aimStatuses(centreId), null, account).catch((error: unknown) => {
      statuses = null;
      throw error;
    });
    const rows = answer.kind === 'ok' ? toRows(answer) : null;
    if (rows !== null) return { kind: 'statuses', statusOf: toStatusOf(rows) };
    statuses = null;
    if (answer.kind === 'ok' || answer.kind === 'rejected' || answer.kind === 'unknown') {
      const asTheyAre: Statuses = { kind: 'statuses', statusOf: (status) => status };
      statuses = { answer: Promise.resolve(asTheyAre), untilMs: steadyMs() + askAgainAfterMs };
      return asTheyAre;
    }
    return answer;
  }

  return {
    refresh,
    statuses: (account) => {
      if (statuses === null || steadyMs() >= statuses.untilMs)
        statuses = { answer: readStatuses({ ...account, prepaid: 0 }), untilMs: Number.POSITIVE_INFINITY };
      return statuses.answer;
    },
    codes: async (standardIds, account) => {
      const isMissing = standardIds.some((id) => codes?.has(id) !== true);
      if (isMissing && (codes === null || steadyMs() - readAtMs >= askAgainAfterMs)) {
        const answer = await refresh({ ...account, prepaid: 0 });
        if (answer.kind !== 'standards') return answer;
      }
      return { kind: 'codes', codeOf: (id) => (id === null ? null : (codes?.get(id) ?? null)) };
    },
  };
}
