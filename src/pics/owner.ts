import { UnseenTransactions } from '../domain/change.ts';
import type { Owner, OwnerKey, OwnerKind } from '../domain/owner.ts';
import { toText } from './changes.ts';
import { columnsSql, isDormant, toSeenSql } from './learner.ts';
import { type MappedTable, type PresentColumns, toKeySql, toTableSql } from './mapping.ts';
import type { Queryable } from './queryable.ts';

type OwnerRead = {
  readonly key: OwnerKey;
  /** 32-bit ids of the transactions that the read must see: those of the change events that caused it. */
  readonly txIds: readonly number[];
};
type ReadOwner = (read: OwnerRead) => Promise<Owner | null>;

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

/**
 * Reads an officer or organisation in one snapshot that includes the given transactions, as
 * `createReadLearners` does. Returns null if there is none.
 */
export function createReadOwner(options: Options): ReadOwner {
  const { database, columns, now, sleep, visibleWithinMs = 5_000 } = options;
  return async ({ key, txIds }) => {
    const deadlineAtMs = now() + visibleWithinMs;
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      const row = await columns.with(async (mapping) => {
        const text = toOwnerSql(mapping[key.kind], ownerFields[key.kind]);
        const { rows } = await database.query<Row>({ text, values: [key.code, txIds] });
        return rows[0];
      });
      const unseen = (row?.seen ?? []).filter(([, visible]) => !visible).map(([txId]) => txId);
      const cells = row?.cells ?? null;
      if (unseen.length === 0) return cells === null ? null : toOwner(key.kind, cells);
      if (now() >= deadlineAtMs) throw new UnseenTransactions(unseen);
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

/** The fields read of an officer or organisation, in the order in which the results list them. */
export const ownerFields = {
  officer: ['code', 'firstName', 'surname', 'phone', 'mobile', 'email', 'externalId', 'status'],
  organisation: [
    'code',
    'name',
    'address1',
    'address2',
    'address3',
    'address4',
    'postcode',
    'phone',
    'email',
    'website',
    'externalId',
    'edrs',
    'sizeBand',
    'headCount',
  ],
} as const satisfies Readonly<Record<OwnerKind, readonly string[]>>;

export function toOwner(kind: OwnerKind, cells: readonly unknown[]): Owner {
  const names: readonly string[] = ownerFields[kind];
  const text = (name: string): string | null => toText(cells[names.indexOf(name)]);
  const shared = {
    code: text('code') ?? '',
    phone: text('phone'),
    email: text('email'),
    externalId: text('externalId'),
  };
  if (kind === 'officer') {
    return {
      kind,
      ...shared,
      firstName: text('firstName'),
      surname: text('surname'),
      mobile: text('mobile'),
      isDormant: isDormant(text('status')),
    };
  }
  return {
    kind,
    ...shared,
    name: text('name'),
    postcode: text('postcode'),
    website: text('website'),
    edrs: text('edrs'),
    headCount: toHeadCount(cells[names.indexOf('headCount')], text('sizeBand')),
    address: ['address1', 'address2', 'address3', 'address4'].map(text),
  };
}

/** The least number of employees of each size band. */
const leastOfBand: Readonly<Record<string, number>> = { '1': 1, '2': 50, '3': 250 };

function toHeadCount(count: unknown, band: string | null): number | null {
  return typeof count === 'number' && count > 0 ? count : (leastOfBand[band ?? ''] ?? null);
}
