import { type AssumedName, assumedNames, roles, routes } from '../wire/names.ts';
import { flagOf, idOf, type Row, textOf } from '../wire/values.ts';
import { toRows } from './answers.ts';
import type { Account, ApiFailure } from './api.ts';
import { firstPlace, readById, type Search, searchPage } from './searches.ts';
import type { CentreClient } from './sight.ts';
import type { Connection } from './transport.ts';

/** The result of a connection test. `code` is a message code for administrators. */
export type ConnectionTest =
  | {
      readonly kind: 'connected';
      readonly interfaceVersion: 'v2.1';
      readonly customer: string | null;
      readonly centres: readonly Centre[];
      /** The names that are not confirmed, as they are used here. */
      readonly assumedNames: readonly AssumedName[];
      /** Whether the centre uses MIS values, from a sample of records. */
      readonly misValues: { readonly assessors: Counted; readonly placements: Counted };
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly code: 'UNREACHABLE' | 'BAD_SIGN_IN' | 'MANY_CENTRES' | 'ID_NOT_FOUND';
      readonly detail: string;
      readonly centres: readonly Centre[];
    };

/** Number of records in the sample, and how many of them have a MIS value. */
type Counted = { readonly seen: number; readonly withMisValue: number };

export type Centre = {
  readonly id: string;
  readonly name: string | null;
  /** Whether new users get a login, and whether its e-mail is suppressed. */
  readonly createsLogins: boolean | null;
  readonly suppressesMail: boolean | null;
};

type ConnectionTester = {
  readonly parts: CentreClient;
  readonly connection: Pick<Connection, 'centreId' | 'names'>;
};

/**
 * Tests the connection: signs in, lists the centres, checks that ours is among them, counts MIS values in a
 * sample and checks whether OneFile limits the page size.
 */
export async function testConnection({ parts, connection }: ConnectionTester): Promise<ConnectionTest> {
  const account: Account = { priority: 'command', prepaid: 0 };
  const customer = await readById(parts.api, routes.customer(), account);
  if (customer.kind === 'unauthorized') return failed('BAD_SIGN_IN', customer.detail);
  if (customer.kind !== 'record' && customer.kind !== 'missing')
    return failed('UNREACHABLE', customer.detail);
  const centres = await readCentres(parts, account);
  if (!Array.isArray(centres)) return failed('UNREACHABLE', (centres as ApiFailure).detail);
  if (!centres.some(({ id }) => id === connection.centreId)) {
    const code = connection.centreId === '' && centres.length > 1 ? 'MANY_CENTRES' : 'ID_NOT_FOUND';
    return { ...failed(code, `centre ${connection.centreId}`), centres };
  }
  return {
    kind: 'connected',
    interfaceVersion: 'v2.1',
    customer: customer.kind === 'record' ? textOf(customer.row, 'Name') : null,
    centres,
    assumedNames: assumedNames.map((name) => ({ ...name, wireName: parts.names(name.key) })),
    misValues: await countMisValues(parts, account),
    warnings: await findCapping(parts, account),
  };
}

/** Without paging, because it is not known yet which page sizes OneFile accepts. */
async function readCentres(
  { api, searches }: CentreClient,
  account: Account,
): Promise<readonly Centre[] | ApiFailure> {
  const answer = await api.call(routes.search('Organisation'), searches.organisations().filter, account);
  if (answer.kind !== 'ok') return answer;
  const rows = toRows(answer);
  if (rows === null) return { kind: 'unknown', detail: 'UNREADABLE' };
  return rows.flatMap((row) => {
    const id = idOf(row, 'ID');
    return id === null ? [] : [toCentre(id, row)];
  });
}

/** One page each is enough to see whether the centre keeps MIS values at all. */
async function countMisValues(
  { api, searches, names }: CentreClient,
  account: Account,
): Promise<Extract<ConnectionTest, { kind: 'connected' }>['misValues']> {
  const count = async (search: Search, name: string): Promise<Counted> => {
    const sample = { ...search, pageSize: sampleSize };
    const page = await searchPage(api, sample, firstPage(sample, account));
    const rows = page.kind === 'rows' ? page.rows : [];
    const withMisValue = rows.filter(({ row }) => textOf(row, name) !== null).length;
    return { seen: rows.length, withMisValue };
  };
  return {
    assessors: await count(searches.users(roles.assessor), 'MISID'),
    placements: await count(searches.placements(), names('placement.misId')),
  };
}

/** Small, because thin rows are read one by one. */
const sampleSize = 10;

function firstPage(search: Search, account: Account) {
  return { place: firstPlace(search), seen: new Set<string>(), account };
}

/**
 * O6: a page shorter than requested although more rows exist means that OneFile limits pages. A refused page
 * means that it accepts only smaller ones.
 */
async function findCapping({ api, searches }: CentreClient, account: Account): Promise<string[]> {
  const search = { ...searches.placements(), isFull: null };
  const page = await searchPage(api, search, firstPage(search, account));
  if (page.kind === 'rejected' && page.status === 400) {
    return [`OneFile refuses pages of ${search.pageSize} rows: set onefile.pageSize to a smaller number.`];
  }
  if (page.kind !== 'rows' || page.ids.length >= search.pageSize || page.ids.length === 0) return [];
  const all = await api.call(routes.search('Placement'), search.filter, account);
  const rows = all.kind === 'ok' ? toRows(all) : null;
  if (rows === null || rows.length <= page.ids.length) return [];
  return [`OneFile answers at most ${page.ids.length} rows a page: set onefile.pageSize to that number.`];
}

function toCentre(id: string, row: Row): Centre {
  return {
    id,
    name: textOf(row, 'Name'),
    createsLogins: flagOf(row, 'KeychainCreationForNewUserActive'),
    suppressesMail: flagOf(row, 'KeychainEmailSuppression'),
  };
}

function failed(code: Extract<ConnectionTest, { kind: 'failed' }>['code'], detail: string) {
  return { kind: 'failed' as const, code, detail, centres: [] };
}
