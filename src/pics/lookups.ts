import { otherColumn } from '../domain/learner.ts';
import type { OwnerKind } from '../domain/owner.ts';
import type {
  Claimant,
  LearnerStanding,
  UsedBy,
  UsedOwner,
  UsedOwners,
  VendorLearner,
} from '../domain/people.ts';
import type { ReviewHolder, VendorColumns } from '../domain/ports.ts';
import { toFieldValue, toText } from './changes.ts';
import { isDormant, isIdOf } from './learner.ts';
import {
  type MappedTable,
  type Mapping,
  type PresentColumns,
  toColumnSql,
  toKeySql,
  toTableSql,
} from './mapping.ts';
import { nullIfNotAnId, type Queryable, toSqlState } from './queryable.ts';

/** The table or column does not exist, or we may not read it. */
const unreadable: ReadonlySet<string> = new Set(['42P01', '42703', '42501']);

/** Reads settings of the desktop product by name. Returns none if the site has no such table (OF-7). */
export async function readDesktopSettings(
  database: Queryable,
  columns: PresentColumns,
  names: readonly string[],
): Promise<readonly { readonly name: string; readonly value: string | null }[]> {
  const table = (await columns.current())['product-setting'];
  if (Object.values(table.columns).some(({ column }) => column === null)) return [];
  try {
    const { rows } = await database.query<{ name: string; value: string | null }>({
      text: `select ${toKeySql(table, 'name')}::text as name, ${toKeySql(table, 'value')}::text as value
from ${toTableSql(table)} where ${toKeySql(table, 'name')} = any($1::bpchar[])`,
      values: [names],
    });
    return rows.map(({ name, value }) => ({ name: toText(name) ?? '', value: toText(value) }));
  } catch (fault) {
    if (unreadable.has(toSqlState(fault) ?? '')) return [];
    throw fault;
  }
}

/** The name of a person or organisation in one text. */
export function nameSql(table: MappedTable, alias: string): string {
  const fields = ['name', 'firstName', 'surname'].flatMap((field) => {
    const column = field in table.columns ? toColumnSql(table, field, alias) : null;
    return column === null ? [] : [`nullif(trim(${column}), '')`];
  });
  return `concat_ws(' ', ${['null', ...fields].join(', ')})`;
}

/** All officers or organisations in the order of their codes; with codes, those of them that PICS has. */
export function readOwners(
  database: Queryable,
  columns: PresentColumns,
  kind: OwnerKind,
  codes: readonly string[] | null,
): Promise<readonly UsedOwner[]> {
  return columns.with(async (mapping) => {
    const code = toKeySql(mapping[kind], 'code', 'o');
    return codes === null
      ? selectOwners(database, mapping[kind], { kind, where: 'true', values: [] })
      : selectOwners(database, mapping[kind], {
          kind,
          where: `${code} = any($1::bpchar[])`,
          values: [codes],
        });
  });
}

type OwnerSelection = {
  readonly kind: OwnerKind;
  readonly where: string;
  readonly values: readonly unknown[];
};

async function selectOwners(
  database: Queryable,
  table: MappedTable,
  { kind, where, values }: OwnerSelection,
): Promise<readonly UsedOwner[]> {
  const externalId = toColumnSql(table, 'externalId', 'o') ?? 'null';
  const status = kind === 'officer' ? (toColumnSql(table, 'status', 'o') ?? 'null') : 'null';
  const { rows } = await database.query<
    Readonly<Record<'code' | 'name' | 'external_id' | 'status', string | null>>
  >({
    text: `select ${toKeySql(table, 'code', 'o')}::text as code, ${nameSql(table, 'o')} as name,
  ${externalId}::text as external_id, ${status}::text as status
from ${toTableSql(table)} o where ${where} order by 1`,
    values: [...values],
  });
  return rows.map((row) => ({
    code: toText(row.code) ?? '',
    name: toText(row.name),
    externalId: toText(row.external_id),
    isDormant: isDormant(toText(row.status)),
  }));
}

type NewReviewsQuery = {
  readonly idents: readonly string[];
  readonly types: readonly string[];
  readonly column: VendorColumns['review'];
};

/**
 * Reviews of these learners that the vendor does not know and should (OF-19): the upload's own conditions, counted by the
 * officer who holds them (OF-51): the review's, if PICS has such an officer, else the learner's main officer.
 */
export function countNewReviews(
  database: Queryable,
  columns: PresentColumns,
  { idents, types, column }: NewReviewsQuery,
): Promise<readonly { readonly officer: string | null; readonly count: number }[]> {
  return columns.with(async ({ review, learner, officer }) => {
    const fields = ['type', 'proposedAt', 'actualAt', 'attended', column].map((field) =>
      toColumnSql(review, field, 'r'),
    );
    const [type, proposed, actual, attended, id] = fields;
    if (fields.includes(null)) return [];
    const other = toColumnSql(review, otherColumn(column), 'r') ?? "''";
    const own = toColumnSql(review, 'officer', 'r') ?? 'null';
    const main = toColumnSql(learner, 'mainOfficer', 't') ?? 'null';
    const { rows } = await database.query<{ officer: string | null; count: number }>({
      text: `select coalesce(o.code, ${main})::text as officer, count(*)::integer as count
from ${toTableSql(review)} r
left join ${toTableSql(learner)} t on ${toKeySql(learner, 'ident', 't')} = ${toKeySql(review, 'ident', 'r')}
left join (select ${toKeySql(officer, 'code', 'o')} as code from ${toTableSql(officer)} o) o on o.code = ${own}
where ${toKeySql(review, 'ident', 'r')} = any($1::bpchar[]) and ${type} = any($2::bpchar[]) and ${proposed} is not null
  and ${actual} is null and coalesce(${attended}, '') = '' and coalesce(${id}, '') = ''
  and coalesce(${other}, '') = ''
group by 1 order by 1`,
      values: [idents, types],
    });
    return rows.map(({ officer: code, count }) => ({ officer: toText(code), count }));
  });
}

type StandingRow = Readonly<Record<'ident' | 'status' | 'suspended' | 'end_on', string | null>>;

/**
 * Reads the state of these learners in one small statement (OF-40). Learners that are not in PICS are left
 * out.
 *
 * Returns null if the site lacks one of the columns: a filter that cannot be applied is off; it does not
 * match blank values.
 */
export function readLearnerStandings(
  database: Queryable,
  columns: PresentColumns,
  idents: readonly string[],
): Promise<readonly LearnerStanding[] | null> {
  return columns.with(async ({ learner }) => {
    const [status, suspended, endOn] = ['status', 'suspended', 'endOn'].map((field) =>
      toColumnSql(learner, field, 't'),
    );
    if (status == null || suspended == null || endOn == null) return null;
    const ident = toKeySql(learner, 'ident', 't');
    const { rows } = await database.query<StandingRow>({
      text: `select ${ident}::text as ident, ${status}::text as status, ${suspended}::text as suspended,
  ${endOn}::text as end_on
from ${toTableSql(learner)} t where ${ident} = any($1::bpchar[])`,
      values: [idents],
    });
    return rows.map((row) => ({
      ident: toText(row.ident) ?? '',
      status: toText(row.status),
      isSuspended: toText(row.suspended)?.toUpperCase() === 'Y',
      endOn: toText(toFieldValue(row.end_on, 'date')),
    }));
  });
}

type ReadOwnerNames = (kind: OwnerKind, codes: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/**
 * Reads the names of officers or organisations by code. Records that do not exist or have no name are left
 * out.
 */
export function createReadOwnerNames({
  database,
  columns,
}: {
  readonly database: Queryable;
  readonly columns: PresentColumns;
}): ReadOwnerNames {
  return async (kind, codes) => {
    if (codes.length === 0) return new Map();
    const rows = await columns.with(async (mapping) => {
      const table = mapping[kind];
      const code = toKeySql(table, 'code', 'o');
      const found = await database.query<{ code: string; name: string }>({
        text: `select trim(${code}) as "code", ${nameSql(table, 'o')} as "name"
          from ${toTableSql(table)} o where ${code} = any($1::bpchar[])`,
        values: [codes],
      });
      return found.rows;
    });
    return new Map(rows.flatMap(({ code, name }) => (name === '' ? [] : [[code, name]])));
  };
}

type ReviewTypesOptions = {
  readonly database: Queryable;
  readonly columns: PresentColumns;
  readonly now: () => number;
  /** How long a result is reused. Review types change once in years. */
  readonly maxAgeMs?: number;
};

/** Reads the codes of the review types with the Normal flag, in code order. */
export function createReadNormalReviewTypes(options: ReviewTypesOptions): () => Promise<readonly string[]> {
  const { database, columns, now, maxAgeMs = 60_000 } = options;
  let known: { readonly codes: readonly string[]; readonly readAtMs: number } | null = null;
  let reading: Promise<readonly string[]> | null = null;
  const read = async (): Promise<readonly string[]> => {
    const codes = await columns.with((mapping) => readNormalReviewTypes(database, mapping));
    known = { codes, readAtMs: now() };
    return codes;
  };
  return () => {
    if (known !== null && now() - known.readAtMs < maxAgeMs) return Promise.resolve(known.codes);
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
}

async function readNormalReviewTypes(database: Queryable, mapping: Mapping): Promise<readonly string[]> {
  const table = mapping['review-type'];
  const isNormal = toColumnSql(table, 'isNormal', 't');
  if (isNormal === null) return [];
  const code = toKeySql(table, 'code', 't');
  const { rows } = await database.query<{ code: string }>({
    text: `select trim(${code}) as "code" from ${toTableSql(table)} t where upper(${isNormal}) = 'Y' order by 1`,
  });
  return rows.map((row) => row.code);
}

/** Officers and organisations that these learners, their qualifications, reviews or placements name (OF-34). */
export function readUsedOwners(
  database: Queryable,
  columns: PresentColumns,
  idents: readonly string[],
): Promise<UsedOwners> {
  return columns.with(async (mapping) => ({
    officers: await read(database, mapping, 'officer', idents, [
      ['learner', 'mainOfficer'],
      ['qualification', 'officer'],
      ['review', 'officer'],
    ]),
    organisations: await read(database, mapping, 'organisation', idents, [['placement', 'organisation']]),
  }));
}

type Use = readonly [table: 'learner' | 'qualification' | 'review' | 'placement', field: string];

async function read(
  database: Queryable,
  mapping: Mapping,
  kind: 'officer' | 'organisation',
  idents: readonly string[],
  uses: readonly Use[],
): Promise<readonly UsedOwner[]> {
  const named = uses.flatMap(([name, field]) => {
    const table = mapping[name];
    const column = toColumnSql(table, field, 'u');
    if (column === null) return [];
    const ident = toKeySql(table, 'ident', 'u');
    return [`select ${column} from ${toTableSql(table)} u where ${ident} = any($1::bpchar[])`];
  });
  if (named.length === 0 || idents.length === 0) return [];
  const code = toKeySql(mapping[kind], 'code', 'o');
  const where = `${code} in (${named.join(' union ')})`;
  return selectOwners(database, mapping[kind], { kind, where, values: [idents] });
}

/** References of the delivery qualifications of some learners, each once, in order. */
export function createReadUsedReferences({
  database,
  columns,
}: {
  readonly database: Queryable;
  readonly columns: PresentColumns;
}): (usedBy: UsedBy) => Promise<readonly string[]> {
  return ({ idents, letters }) =>
    columns.with(async ({ qualification, learner }) => {
      const reference = toKeySql(qualification, 'reference', 'q');
      const ident = toKeySql(qualification, 'ident', 'q');
      const status = toColumnSql(learner, 'status', 'l');
      const live =
        status === null
          ? ''
          : `or ${ident} in (select ${toKeySql(learner, 'ident', 'l')} from ${toTableSql(learner)} l
              where trim(${status}) = any($2::text[]))`;
      const { rows } = await database.query<{ reference: string }>({
        text: `select distinct trim(${reference}) as "reference" from ${toTableSql(qualification)} q
          where ${ident} = any($1::bpchar[]) ${live} order by 1`,
        values: status === null ? [idents] : [idents, letters],
      });
      return rows.map((row) => row.reference);
    });
}

/** Whose review this is; null when there is no such review. */
export function readIdentOfReview(
  database: Queryable,
  columns: PresentColumns,
  id: string,
): Promise<string | null> {
  const read = columns.with(async ({ review }) => {
    const { rows } = await database.query<{ ident: string | null }>({
      text: `select ${toKeySql(review, 'ident')}::text as ident from ${toTableSql(review)}
        where ${toKeySql(review, 'id')} = $1`,
      values: [id],
    });
    return toText(rows[0]?.ident ?? null);
  });
  return nullIfNotAnId(read);
}

type ClaimQuery = {
  readonly kind: 'learner' | OwnerKind;
  readonly column: VendorColumns['learner'];
  readonly vendorId: string;
};

/**
 * Learners, officers or organisations whose id column holds this id, in the order of their codes (D-6, D-7). No index
 * serves the column: like the two reads below, this one reads a whole table and is for ids that are to become a link.
 */
export function readClaimants(
  database: Queryable,
  columns: PresentColumns,
  { kind, column, vendorId }: ClaimQuery,
): Promise<readonly Claimant[]> {
  return columns.with(async (mapping) => {
    const isLearner = kind === 'learner';
    const table = mapping[isLearner ? 'learner-details' : kind];
    const id = toColumnSql(table, isLearner ? column : 'externalId', 'd');
    if (id === null) return [];
    const named = mapping[isLearner ? 'learner' : kind];
    const key = isLearner ? 'ident' : 'code';
    const portfolio = isLearner ? (toColumnSql(table, 'activePortfolio', 'd') ?? 'null') : 'null';
    const { rows } = await database.query<Readonly<Record<'code' | 'name' | 'portfolio', string | null>>>({
      text: `select ${toKeySql(table, key, 'd')}::text as code, ${nameSql(named, 'n')} as name,
  ${portfolio}::text as portfolio
from ${toTableSql(table)} d left join ${toTableSql(named)} n on ${toKeySql(named, key, 'n')} = ${toKeySql(table, key, 'd')}
where trim(${id}) = $1 order by 1`,
      values: [vendorId],
    });
    return rows.flatMap((row) =>
      isLearner && !isIdOf(column, toText(row.portfolio))
        ? []
        : [{ code: toText(row.code) ?? '', name: toText(row.name) }],
    );
  });
}

/** Reviews that show one of these vendor ids (D-15). It is for ids that no link explains. */
export function readReviewHolders(
  database: Queryable,
  columns: PresentColumns,
  column: VendorColumns['review'],
  vendorIds: readonly string[],
): Promise<readonly ReviewHolder[]> {
  return columns.with(async ({ review }) => {
    const [vendorId, ident] = [toColumnSql(review, column, 'r'), toColumnSql(review, 'ident', 'r')];
    const id = toKeySql(review, 'id', 'r');
    if (vendorId === null || ident === null || vendorIds.length === 0) return [];
    const text = `select ${id}::text as id, trim(${ident}) as ident, trim(${vendorId}) as "vendorId"
from ${toTableSql(review)} r where ${vendorId} = any($1::bpchar[])`;
    return (await database.query<ReviewHolder>({ text, values: [vendorIds] })).rows;
  });
}

/** Learners with an id in a vendor's column, checked or not. */
export function readVendorLearners(
  database: Queryable,
  columns: PresentColumns,
  column: VendorColumns['learner'],
): Promise<readonly VendorLearner[]> {
  return columns.with(async (mapping) => {
    const table = mapping['learner-details'];
    const ident = toColumnSql(table, 'ident', 'd');
    const vendorId = toColumnSql(table, column, 'd');
    if (ident === null || vendorId === null) return [];
    const portfolio = toColumnSql(table, 'activePortfolio', 'd') ?? 'null';
    const { rows } = await database.query<Record<string, unknown>>({
      text: `select ${ident} as ident, ${vendorId} as vendor_id, ${portfolio}::text as portfolio
from ${toTableSql(table)} d where ${vendorId} <> ''`,
      values: [],
    });
    return rows.flatMap((row) => {
      const [code, id] = [toText(row['ident']), toText(row['vendor_id'])];
      const isOurs = isIdOf(column, toText(row['portfolio']));
      return code === null || id === null || !isOurs ? [] : [{ ident: code, vendorId: id }];
    });
  });
}
