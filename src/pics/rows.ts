import type { JsonObject } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import { type Owner, type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import { type AppliedItem, type LearnerRows, type Rows, type RowsQuery, toItemKey } from '../domain/rows.ts';
import { toText } from './changes.ts';
import { columnsSql, hasUnitsSql, learnerFields, toLearner } from './learner.ts';
import { type MappedTable, type Mapping, toKeySql, toTableSql } from './mapping.ts';
import { ownerFields, toOwner } from './owner.ts';
import type { Queryable } from './queryable.ts';

type Cells = readonly unknown[];
type Answer = {
  readonly learners: readonly Cells[] | null;
  readonly own: readonly [ident: string, cells: Cells][] | null;
  readonly qualifications: readonly [ident: string, cells: Cells][] | null;
  readonly reviews: readonly [ident: string, cells: Cells][] | null;
  readonly episode: readonly [ident: string, cells: Cells][] | null;
  readonly details: readonly [ident: string, cells: Cells][] | null;
  readonly officers: readonly Cells[] | null;
  readonly organisations: readonly Cells[] | null;
  readonly newest:
    | readonly [
        vendor: string,
        entity: string,
        id: string,
        readAtMs: number,
        digest: string | null,
        shown: JsonObject | null,
      ][]
    | null;
  readonly parked: readonly [item: string, readAtMs: number | null][] | null;
  readonly nowMs: number;
};

/**
 * Reads the rows that a batch of the reconciler concerns, and with `isLocking` locks them until the transaction ends. Of
 * learners it reads only the requested parts, and never placements, officers or tags.
 */
export async function readRows(
  database: Queryable,
  mapping: Mapping,
  query: RowsQuery,
  { isLocking }: { readonly isLocking: boolean },
): Promise<Rows> {
  const { items, idents, officers, organisations } = query;
  const { rows } = await database.query<Answer>({
    ...toStatement(mapping, query, isLocking),
    values: [
      idents,
      officers,
      organisations,
      items.map(({ vendor }) => vendor),
      items.map(({ entity }) => entity),
      items.map(({ vendorId }) => vendorId),
      items.map(toItemKey),
    ],
  });
  const answer = rows[0];
  return {
    learners: toLearners(answer),
    owners: new Map([
      ...toOwners('officer', answer?.officers),
      ...toOwners('organisation', answer?.organisations),
    ]),
    newest: new Map((answer?.newest ?? []).map(toNewest).map((item) => [toItemKey(item), item])),
    parked: new Map(answer?.parked ?? []),
    nowMs: answer?.nowMs ?? 0,
  };
}

/**
 * Which lanes of the query have a row that another session has locked. It waits for no lock: rows that can be locked
 * are compared with the rows that are there. The transaction is to be rolled back.
 */
export async function readLocked(
  database: Queryable,
  mapping: Mapping,
  query: RowsQuery,
): Promise<ReadonlySet<string>> {
  const tables = [
    ...(query.idents.length > 0 ? query.parts : []).map((part) => {
      return {
        table: mapping[tableOf[part]],
        key: 'ident',
        keys: query.idents,
        toLane: (key: string) => key,
      };
    }),
    ...ownerKinds.map((kind) => ({
      table: mapping[kind],
      key: 'code',
      keys: kind === 'officer' ? query.officers : query.organisations,
      toLane: (code: string) => toOwnerLane({ kind, code }),
    })),
  ].filter(({ keys }) => keys.length > 0);
  const locked = new Set<string>();
  for (const { table, key, keys, toLane } of tables) {
    const column = toKeySql(table, key, 't');
    const { rows } = await database.query<{ lane: string }>({
      text: `with "free" as materialized (
          select ${column}::text as "lane" from ${toTableSql(table)} t
          where ${column} = any($1::bpchar[]) for no key update skip locked),
        "count" as (select "lane", count(*) as "free" from "free" group by "lane")
        select t."lane" from (select ${column}::text as "lane" from ${toTableSql(table)} t
          where ${column} = any($1::bpchar[])) t
        left join "count" c using ("lane") group by t."lane", c."free" having count(*) > coalesce(c."free", 0)`,
      values: [[...keys]],
    });
    for (const { lane } of rows) locked.add(toLane(lane.trim()));
  }
  return locked;
}

const ownerKinds: readonly OwnerKind[] = ['officer', 'organisation'];
const tableOf = {
  own: 'learner',
  episode: 'episode',
  details: 'learner-details',
  qualifications: 'qualification',
  reviews: 'review',
} as const satisfies Readonly<Record<LearnerRows, string>>;

const episodeAt = learnerFields.learner.length;
const detailsAt = episodeAt + learnerFields.episode.length;

function toLearners(answer: Answer | undefined): ReadonlyMap<string, Learner> {
  const own = groupByIdent(answer?.own);
  const qualifications = groupByIdent(answer?.qualifications);
  const reviews = groupByIdent(answer?.reviews);
  const episodes = groupByIdent(answer?.episode);
  const details = groupByIdent(answer?.details);
  const learners = new Map<string, Learner>();
  for (const cells of answer?.learners ?? []) {
    const ident = toText(cells[0]) ?? '';
    const learner = toLearner({
      own: own.get(ident)?.[0] ?? cells,
      episode: episodes.get(ident)?.[0] ?? cells.slice(episodeAt, detailsAt),
      details: details.get(ident)?.[0] ?? cells.slice(detailsAt),
      mainTag: null,
      qualifications: qualifications.get(ident),
      reviews: reviews.get(ident),
      placements: [],
      related: [],
      officers: [],
    });
    learners.set(ident, learner);
  }
  return learners;
}

function groupByIdent(pairs: readonly [string, Cells][] | null | undefined): Map<string, Cells[]> {
  const groups = new Map<string, Cells[]>();
  for (const [padded, cells] of pairs ?? []) {
    const ident = padded.trim();
    const group = groups.get(ident);
    if (group === undefined) groups.set(ident, [cells]);
    else group.push(cells);
  }
  return groups;
}

function toOwners(kind: OwnerKind, rows: readonly Cells[] | null | undefined): [string, Owner][] {
  return (rows ?? []).map((cells) => {
    const owner = toOwner(kind, cells);
    return [toOwnerLane(owner), owner];
  });
}

function toNewest([vendor, entity, vendorId, readAtMs, digest, shown]: NonNullable<
  Answer['newest']
>[number]): AppliedItem {
  return { vendor, entity, vendorId, readAtMs, digest, shown };
}

type Statement = { readonly name: string; readonly text: string };
const statements = new WeakMap<Mapping, Map<string, Statement>>();
let statementCount = 0;

function toStatement(mapping: Mapping, query: RowsQuery, isLocking: boolean): Statement {
  const shape: RowsShape = {
    isLocking,
    parts: [...query.parts].sort(),
    hasLearners: query.idents.length > 0,
    hasOfficers: query.officers.length > 0,
    hasOrganisations: query.organisations.length > 0,
    hasItems: query.items.length > 0,
  };
  const key = JSON.stringify(shape);
  const known = statements.get(mapping) ?? new Map<string, Statement>();
  statements.set(mapping, known);
  let statement = known.get(key);
  if (statement === undefined) {
    statementCount += 1;
    statement = { name: `read-rows-${statementCount}`, text: toRowsSql(mapping, shape) };
    known.set(key, statement);
  }
  return statement;
}

/** The pieces that a batch needs. Each combination has its own statement, so unused pieces cost nothing. */
type RowsShape = {
  readonly isLocking: boolean;
  readonly parts: readonly LearnerRows[];
  readonly hasLearners: boolean;
  readonly hasOfficers: boolean;
  readonly hasOrganisations: boolean;
  readonly hasItems: boolean;
};

/**
 * Builds the statement that reads everything a batch of the reconciler concerns, and locks the rows it may
 * change if that is asked for.
 *
 * Each part that may change is a materialized common table expression that selects its rows in key order, and locks them
 * `for no key update`, so that two batches cannot deadlock. $1: idents; $2: officer codes; $3:
 * organisation codes; $4 to $6: keys of vendor records; $7: the same in one text.
 */
function toRowsSql(mapping: Mapping, shape: RowsShape): string {
  const parts = shape.hasLearners ? shape.parts : [];
  const owners: readonly OwnerKind[] = [
    ...(shape.hasOfficers ? (['officer'] as const) : []),
    ...(shape.hasOrganisations ? (['organisation'] as const) : []),
  ];
  const lock = shape.isLocking ? ' for no key update' : '';
  const changing = [
    ...parts.map((part) => `"${part}" as materialized (${partSql(mapping, part)}${lock})`),
    ...owners.map((kind) => `"${kind}" as materialized (${ownersSql(mapping, kind)}${lock})`),
  ];
  const read = (name: LearnerRows | OwnerKind): string =>
    parts.some((part) => part === name) || owners.some((kind) => kind === name)
      ? `(select json_agg("cells") from "${name}")`
      : 'null';
  return `with "asked" as (select $1::bpchar[], $2::bpchar[], $3::bpchar[], $4::text[], $5::text[], $6::text[], $7::text[])${changing
    .map((one) => `,\n  ${one}`)
    .join('')}
select
  ${shape.hasLearners ? learnersSql(mapping) : 'null'} as "learners",
  ${read('own')} as "own",
  ${read('episode')} as "episode",
  ${read('details')} as "details",
  ${read('qualifications')} as "qualifications",
  ${read('reviews')} as "reviews",
  ${read('officer')} as "officers",
  ${read('organisation')} as "organisations",
  ${shape.hasItems ? newestSql : 'null'} as "newest",
  ${shape.hasItems ? parkedSql : 'null'} as "parked",
  (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"`;
}

const newestSql = `(select json_agg(json_build_array(i.vendor, i.entity, i.vendor_id,
      round(extract(epoch from i.read_at) * 1000), i.digest, i.shown))
    from unnest($4::text[], $5::text[], $6::text[]) as k("vendor", "entity", "id")
    join picsync.applied_item i on i.vendor = k."vendor" and i.entity = k."entity" and i.vendor_id = k."id")`;

const parkedSql = `(select json_agg(json_build_array(p.item, p.read_at_ms))
    from picsync.parked p where p.item = any($7::text[]))`;

/** Own fields, episode and details. Where a part was requested, its locked rows replace these. */
function learnersSql(mapping: Mapping): string {
  const { learner, episode } = mapping;
  const details = mapping['learner-details'];
  const ident = toKeySql(learner, 'ident', 't');
  return `(select json_agg(json_build_array(${columnsSql(learner, 't', learnerFields.learner)},
      ${columnsSql(episode, 'e', learnerFields.episode)},
      ${columnsSql(details, 'd', learnerFields['learner-details'])}))
    from ${toTableSql(learner)} t
    left join ${toTableSql(episode)} e on ${toKeySql(episode, 'ident', 'e')} = ${ident}
    left join ${toTableSql(details)} d on ${toKeySql(details, 'ident', 'd')} = ${ident}
    where ${ident} = any($1::bpchar[]))`;
}

function partSql(mapping: Mapping, part: LearnerRows): string {
  const { qualification, review } = mapping;
  switch (part) {
    // The own row, the episode, the details: in the order in which PICS saves them, so that a save and a batch
    // cannot deadlock.
    case 'own':
      return `${cellsSql(mapping.learner, 'l', learnerFields.learner)}
    order by ${toKeySql(mapping.learner, 'ident', 'l')}`;
    case 'episode':
      return `${cellsSql(mapping.episode, 'e', learnerFields.episode)}
    order by ${toKeySql(mapping.episode, 'ident', 'e')}`;
    case 'qualifications': {
      const order = ['ident', 'reference', 'seq'].map((field) => toKeySql(qualification, field, 'q'));
      return `${cellsSql(qualification, 'q', learnerFields.qualification, `, null, ${hasUnitsSql(mapping)}`)}
    order by ${order.join(', ')}`;
    }
    case 'reviews':
      return `${cellsSql(review, 'r', learnerFields.review)}
    order by ${toKeySql(review, 'id', 'r')}`;
    case 'details':
      return `${cellsSql(mapping['learner-details'], 'd', learnerFields['learner-details'])}
    order by ${toKeySql(mapping['learner-details'], 'ident', 'd')}`;
  }
}

/** `[ident, [fields …]]` of every row of the learners $1. */
function cellsSql(table: MappedTable, alias: string, fields: readonly string[], more = ''): string {
  const ident = toKeySql(table, 'ident', alias);
  return `select json_build_array(${ident}::text, json_build_array(
      ${columnsSql(table, alias, fields)}${more})) as "cells"
    from ${toTableSql(table)} ${alias} where ${ident} = any($1::bpchar[])`;
}

function ownersSql(mapping: Mapping, kind: OwnerKind): string {
  const table = mapping[kind];
  const code = toKeySql(table, 'code', 'o');
  return `select json_build_array(${columnsSql(table, 'o', ownerFields[kind])}) as "cells"
    from ${toTableSql(table)} o where ${code} = any(${kind === 'officer' ? '$2' : '$3'}::bpchar[])
    order by ${code}`;
}
