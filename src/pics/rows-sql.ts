import type { LockedRows } from '../core/reconcile.ts';
import { columnsSql, hasUnitsSql, learnerFields } from './learner-sql.ts';
import { type MappedTable, type Mapping, toColumnSql, toKeySql, toTableSql } from './mapping.ts';

/**
 * Reads everything a batch of the reconciler concerns, in one statement, and locks what it may change.
 *
 * $1 idents, $2 officer codes, $3 organisation codes, $4 to $6 the keys of vendor records. Rows are locked in the order
 * of their keys, so that two batches never wait for each other in a ring.
 */
export function toRowsSql(mapping: Mapping, lock: readonly LockedRows[]): string {
  const { learner, episode, qualification, review } = mapping;
  const details = mapping['learner-details'];
  const isLocked = (rows: LockedRows): string => (lock.includes(rows) ? ' for no key update' : '');
  const ident = (table: MappedTable, alias: string): string => toKeySql(table, 'ident', alias);
  return `with
  "q" as materialized (select json_build_array(${ident(qualification, 'q')}::text, json_build_array(
      ${columnsSql(qualification, 'q', learnerFields.qualification)}, null, ${hasUnitsSql(mapping)})) as "cells"
    from ${toTableSql(qualification)} q where ${ident(qualification, 'q')} = any($1::bpchar[])
    order by ${['ident', 'reference', 'seq'].map((field) => toKeySql(qualification, field, 'q')).join(', ')}${isLocked('qualifications')}),
  "r" as materialized (select json_build_array(${ident(review, 'r')}::text, json_build_array(
      ${columnsSql(review, 'r', learnerFields.review)})) as "cells"
    from ${toTableSql(review)} r where ${ident(review, 'r')} = any($1::bpchar[])
    order by ${toKeySql(review, 'id', 'r')}${isLocked('reviews')}),
  "d" as materialized (select json_build_array(${ident(details, 'd')}::text, json_build_array(
      ${columnsSql(details, 'd', learnerFields['learner-details'])})) as "cells"
    from ${toTableSql(details)} d where ${ident(details, 'd')} = any($1::bpchar[])
    order by ${ident(details, 'd')}${isLocked('details')})
select
  (select json_agg(json_build_array(${columnsSql(learner, 't', learnerFields.learner)},
      ${columnsSql(episode, 'e', learnerFields.episode)}))
    from ${toTableSql(learner)} t left join ${toTableSql(episode)} e on ${ident(episode, 'e')} = ${ident(learner, 't')}
    where ${ident(learner, 't')} = any($1::bpchar[])) as "learners",
  (select json_agg("cells") from "q") as "qualifications",
  (select json_agg("cells") from "r") as "reviews",
  (select json_agg("cells") from "d") as "details",
  ${externalIdsSql(mapping.officer, '$2')} as "officers",
  ${externalIdsSql(mapping.organisation, '$3')} as "organisations",
  (select json_agg(json_build_array(i.vendor, i.entity, i.vendor_id,
      round(extract(epoch from i.read_at) * 1000), i.digest))
    from unnest($4::text[], $5::text[], $6::text[]) as k("vendor", "entity", "id")
    join picsync.applied_item i on i.vendor = k."vendor" and i.entity = k."entity" and i.vendor_id = k."id") as "newest"`;
}

function externalIdsSql(table: MappedTable, codes: string): string {
  const column = toColumnSql(table, 'externalId', 'o');
  return `(select json_agg(json_build_array(${toKeySql(table, 'code', 'o')}::text, ${column === null ? 'null' : `${column}::text`}))
    from ${toTableSql(table)} o where ${toKeySql(table, 'code', 'o')} = any(${codes}::bpchar[]))`;
}
