import type { Owner, OwnerKey } from '../core/owner.ts';
import { columnsSql, toSeenSql } from './learner-sql.ts';
import { type MappedTable, toKeySql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import type { Queryable } from './queryable.ts';
import { ownerFields, toOwner } from './to-owner.ts';

export type OwnerRead = {
  readonly key: OwnerKey;
  /** 32-bit ids of transactions that the read must see: those of the events that caused it. */
  readonly txIds: readonly number[];
};
export type ReadOwner = (read: OwnerRead) => Promise<Owner | null>;

type Options = {
  readonly database: Queryable;
  readonly columns: PresentColumns;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long a transaction may stay invisible before the read fails. */
  readonly visibleWithinMs?: number;
};

type Row = {
  readonly seen: readonly [number, boolean][] | null;
  readonly cells: readonly unknown[] | null;
};

const firstDelayMs = 2;
const maxDelayMs = 100;

/** Reads an officer or organisation by one snapshot that holds the given transactions; null = there is none. */
export function createReadOwner(options: Options): ReadOwner {
  const { database, columns, now, sleep, visibleWithinMs = 30_000 } = options;
  return async ({ key, txIds }) => {
    const deadlineAtMs = now() + visibleWithinMs;
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      const row = await columns.with(async (mapping) => {
        const text = toOwnerSql(mapping[key.kind], ownerFields[key.kind]);
        const { rows } = await database.query<Row>({ text, values: [key.code, txIds] });
        return rows[0];
      });
      const isVisible = (row?.seen ?? []).every(([, visible]) => visible);
      const cells = row?.cells ?? null;
      if (isVisible) return cells === null ? null : toOwner(key.kind, cells);
      if (now() >= deadlineAtMs) throw new Error('PICS does not show the transaction of a change event yet');
      await sleep(delayMs);
    }
  };
}

function toOwnerSql(table: MappedTable, names: readonly string[]): string {
  return `with "snap" as materialized (
  select pg_current_snapshot() as "taken", pg_snapshot_xmax(pg_current_snapshot())::text::bigint as "top")
select ${toSeenSql()} as "seen",
  (select json_build_array(${columnsSql(table, 'o', names)})
   from ${toTableSql(table)} o where ${toKeySql(table, 'code', 'o')} = $1::bpchar) as "cells"`;
}
