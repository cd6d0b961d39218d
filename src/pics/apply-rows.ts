import type { LearnerFields, RowAction } from '../domain/rows.ts';
import { type Mapping, toKeySql, toNameSql, toTableSql } from './mapping.ts';
import type { Queryable } from './queryable.ts';
import type { ColumnKind, TableName } from './tables.ts';

type Cell = string | number | null;
/** One row to write: its table, its key, and the columns that a rule names, under our field names. */
type RowWrite = {
  readonly table: TableName;
  readonly op: 'update' | 'insert';
  readonly key: Readonly<Record<string, Cell>>;
  readonly set: Readonly<Record<string, Cell>>;
};

const arrayTypes: Readonly<Record<ColumnKind, string>> = {
  text: 'text[]',
  date: 'date[]',
  'local-time': 'timestamp[]',
  instant: 'timestamptz[]',
  integer: 'integer[]',
  uuid: 'uuid[]',
  json: 'jsonb[]',
};

/**
 * Writes rows of PICS: only the columns that an action names, and never a deletion.
 *
 * Each action becomes one or more row writes. Several writes to one row are merged, and the later value
 * wins. Writes that set the same columns of the same table form a group, and each group becomes one
 * statement that passes one array per column and joins them with `unnest`.
 */
export async function applyRows(
  database: Queryable,
  mapping: Mapping,
  actions: readonly RowAction[],
): Promise<void> {
  for (const group of toGroups(mapping, mergeWrites(actions.flatMap(toWrites)))) {
    const { text, values } = toStatement(mapping, group);
    await database.query({ name: toName(text), text, values });
  }
}

const names = new Map<string, string>();

/** Postgres plans a named statement once per connection. There are few texts: one for each set of columns. */
function toName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `apply-rows-${names.size + 1}`;
  names.set(text, name);
  return name;
}

function toWrites(action: RowAction): RowWrite[] {
  switch (action.kind) {
    case 'update-qualification':
      return [
        {
          table: 'qualification',
          op: 'update',
          key: { ident: action.ident, reference: action.reference, seq: action.seq },
          set: toSet(action.set),
        },
      ];
    case 'insert-review':
      return [
        {
          table: 'review',
          op: 'insert',
          key: { id: action.id },
          set: { ident: action.ident, ...action.fields },
        },
      ];
    case 'update-review':
      return [{ table: 'review', op: 'update', key: { id: action.id }, set: toSet(action.set) }];
    case 'update-learner':
      return toLearnerWrites(action);
    case 'set-risk':
      return [{ table: 'episode', op: 'update', key: { ident: action.ident }, set: { risk: action.risk } }];
    case 'update-officer':
      return [{ table: 'officer', op: 'update', key: { code: action.code }, set: toSet(action.set) }];
    case 'update-organisation':
      return [toOrganisationWrite(action)];
    case 'set-learner-id':
      return [toLearnerIdWrite(action)];
    case 'set-officer-id':
      return [
        { table: 'officer', op: 'update', key: { code: action.code }, set: { externalId: action.vendorId } },
      ];
    case 'set-organisation-id':
      return [
        {
          table: 'organisation',
          op: 'update',
          key: { code: action.code },
          set: { externalId: action.vendorId },
        },
      ];
  }
}

const detailsFields: ReadonlySet<string> = new Set<keyof LearnerFields>(['email', 'ethnicity', 'disability']);

/** The learner's own row comes before its details, in the order in which PICS saves them. */
function toLearnerWrites({
  ident,
  set: { address, ...set },
}: Extract<RowAction, { kind: 'update-learner' }>): RowWrite[] {
  const values = { ...toSet(set), ...toLines(address) };
  const pick = (isDetail: boolean) =>
    Object.fromEntries(Object.entries(values).filter(([field]) => detailsFields.has(field) === isDetail));
  return [
    { table: 'learner', op: 'update', key: { ident }, set: pick(false) },
    { table: 'learner-details', op: 'update', key: { ident }, set: pick(true) },
  ];
}

function toOrganisationWrite({
  code,
  set: { address, ...set },
}: Extract<RowAction, { kind: 'update-organisation' }>): RowWrite {
  return {
    table: 'organisation',
    op: 'update',
    key: { code },
    set: { ...toSet(set), ...toLines(address) },
  };
}

/** The address has four columns. Line 5 belongs to users and is never written. */
function toLines(address: readonly (string | null)[] | undefined): Readonly<Record<string, Cell>> {
  const places = address === undefined ? [] : [0, 1, 2, 3];
  return Object.fromEntries(places.map((at) => [`address${at + 1}`, address?.[at] ?? null]));
}

/** The active portfolio is set only if it is blank (OF-23); see `setWhenBlank`. */
function toLearnerIdWrite(action: Extract<RowAction, { kind: 'set-learner-id' }>): RowWrite {
  const field = action.activePortfolio === 'O' ? 'oneFileId' : 'smartAssessorId';
  return {
    table: 'learner-details',
    op: 'update',
    key: { ident: action.ident },
    set: {
      [field]: action.vendorId,
      ...(action.vendorId === null ? {} : { activePortfolio: action.activePortfolio }),
    },
  };
}

const setWhenBlank: ReadonlySet<string> = new Set(['activePortfolio']);

function toSet(set: object): Record<string, Cell> {
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as Record<
    string,
    Cell
  >;
}

function mergeWrites(writes: readonly RowWrite[]): RowWrite[] {
  const merged = new Map<string, RowWrite>();
  for (const write of writes) {
    const key = `${write.table} ${Object.values(write.key).join(' ')}`;
    const earlier = merged.get(key);
    merged.set(key, earlier === undefined ? write : { ...earlier, set: { ...earlier.set, ...write.set } });
  }
  return [...merged.values()];
}

type Group = {
  readonly table: TableName;
  readonly op: RowWrite['op'];
  readonly keys: string[];
  readonly sets: string[];
  readonly rows: RowWrite[];
};

/** Leaves out columns that the site does not have. A row with no remaining columns is not written. */
function toGroups(mapping: Mapping, writes: readonly RowWrite[]): Group[] {
  const groups = new Map<string, Group>();
  for (const write of writes) {
    const sets = Object.keys(write.set)
      .filter((field) => mapping[write.table].columns[field]?.column != null)
      .sort();
    if (sets.length === 0) continue;
    const name = `${write.table} ${write.op} ${sets.join()}`;
    const group = groups.get(name);
    if (group === undefined)
      groups.set(name, {
        table: write.table,
        op: write.op,
        keys: Object.keys(write.key),
        sets,
        rows: [write],
      });
    else group.rows.push(write);
  }
  return [...groups.values()];
}

function toStatement(
  mapping: Mapping,
  { table: name, op, keys, sets, rows }: Group,
): { text: string; values: unknown[] } {
  const table = mapping[name];
  const fields = [...keys, ...sets];
  const toKind = (field: string): ColumnKind => table.columns[field]?.kind ?? 'text';
  const isKey = (index: number): boolean => index < keys.length;
  const arrays = fields.map(
    (field, index) =>
      // A text key is compared as char(n), so that the index is used and padding does not matter.
      `$${index + 1}::${isKey(index) && toKind(field) === 'text' ? 'bpchar[]' : arrayTypes[toKind(field)]}`,
  );
  const columns = fields.map((field) => toKeySql(table, field));
  const values = fields.map((field) => rows.map(({ key, set }) => key[field] ?? set[field] ?? null));
  if (op === 'insert') {
    return {
      text: `insert into ${toTableSql(table)} (${columns.join(', ')})
        select * from unnest(${arrays.join(', ')}) on conflict (${columns.slice(0, keys.length).join(', ')}) do nothing`,
      values,
    };
  }
  const aliases = fields.map((_, index) => toNameSql(`v${index}`));
  const assignments = fields.flatMap((field, index) => {
    if (isKey(index)) return [];
    const old = `t.${columns[index]}`;
    const value = `v.${aliases[index]}`;
    return [
      `${columns[index]} = ${setWhenBlank.has(field) ? `coalesce(nullif(trim(${old}), ''), ${value})` : value}`,
    ];
  });
  const matches = keys.map((_, index) => `t.${columns[index]} = v.${aliases[index]}`);
  return {
    text: `update ${toTableSql(table)} t set ${assignments.join(', ')}
      from unnest(${arrays.join(', ')}) as v(${aliases.join(', ')}) where ${matches.join(' and ')}`,
    values,
  };
}
