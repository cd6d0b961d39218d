import type { LearnerRows } from '../core/reconcile.ts';
import { columnsSql, hasUnitsSql, learnerFields } from './learner-sql.ts';
import { type MappedTable, type Mapping, toColumnSql, toKeySql, toTableSql } from './mapping.ts';

/** Which pieces a batch needs. Each set of them is a statement of its own: what is not asked for costs nothing. */
export type RowsShape = {
  readonly parts: readonly LearnerRows[];
  readonly hasLearners: boolean;
  readonly hasOfficers: boolean;
  readonly hasOrganisations: boolean;
  readonly hasItems: boolean;
};

/**
 * Reads everything a batch of the reconciler concerns, in one statement, and locks what it may change.
 *
 * $1 idents, $2 officer codes, $3 organisation codes, $4 to $6 the keys of vendor records. Rows are locked in the order
 * of their keys, so that two batches never wait for each other in a ring.
 */
export function toRowsSql(mapping: Mapping, shape: RowsShape): string {
  const parts = shape.hasLearners ? shape.parts : [];
  const locked = parts.map((part) => `"${part}" as materialized (${partSql(mapping, part)})`);
  const read = (part: LearnerRows): string =>
    parts.includes(part) ? `(select json_agg("cells") from "${part}")` : 'null';
  return `with "asked" as (select $1::bpchar[], $2::bpchar[], $3::bpchar[], $4::text[], $5::text[], $6::text[])${locked
    .map((one) => `,\n  ${one}`)
    .join('')}
select
  ${shape.hasLearners ? learnersSql(mapping) : 'null'} as "learners",
  ${read('qualifications')} as "qualifications",
  ${read('reviews')} as "reviews",
  ${read('details')} as "details",
  ${shape.hasOfficers ? externalIdsSql(mapping.officer, '$2') : 'null'} as "officers",
  ${shape.hasOrganisations ? externalIdsSql(mapping.organisation, '$3') : 'null'} as "organisations",
  ${shape.hasItems ? newestSql : 'null'} as "newest"`;
}

const newestSql = `(select json_agg(json_build_array(i.vendor, i.entity, i.vendor_id,
      round(extract(epoch from i.read_at) * 1000), i.digest))
    from unnest($4::text[], $5::text[], $6::text[]) as k("vendor", "entity", "id")
    join picsync.applied_item i on i.vendor = k."vendor" and i.entity = k."entity" and i.vendor_id = k."id")`;

/** Own fields, episode and details. The details are replaced by the locked rows where those are asked for. */
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
    case 'qualifications': {
      const order = ['ident', 'reference', 'seq'].map((field) => toKeySql(qualification, field, 'q'));
      return `${cellsSql(qualification, 'q', learnerFields.qualification, `, null, ${hasUnitsSql(mapping)}`)}
    order by ${order.join(', ')} for no key update`;
    }
    case 'reviews':
      return `${cellsSql(review, 'r', learnerFields.review)}
    order by ${toKeySql(review, 'id', 'r')} for no key update`;
    case 'details':
      return `${cellsSql(mapping['learner-details'], 'd', learnerFields['learner-details'])}
    order by ${toKeySql(mapping['learner-details'], 'ident', 'd')} for no key update`;
  }
}

/** `[ident, [fields …]]` of every row of the learners $1. */
function cellsSql(table: MappedTable, alias: string, fields: readonly string[], more = ''): string {
  const ident = toKeySql(table, 'ident', alias);
  return `select json_build_array(${ident}::text, json_build_array(
      ${columnsSql(table, alias, fields)}${more})) as "cells"
    from ${toTableSql(table)} ${alias} where ${ident} = any($1::bpchar[])`;
}

function externalIdsSql(table: MappedTable, codes: string): string {
  const column = toColumnSql(table, 'externalId', 'o');
  return `(select json_agg(json_build_array(${toKeySql(table, 'code', 'o')}::text, ${column === null ? 'null' : `${column}::text`}))
    from ${toTableSql(table)} o where ${toKeySql(table, 'code', 'o')} = any(${codes}::bpchar[]))`;
}
