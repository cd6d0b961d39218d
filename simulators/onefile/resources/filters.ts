import type { PropertyType } from '../state/property.ts';
import type { Row, Value } from '../state/row.ts';
import type { Kind } from '../state/tables.ts';
import type { SwitchValues } from '../switch-table.ts';
import { fromWireAimStatus, toWireTitle } from '../wire/encode-row.ts';

/** One filter of a search. A null from `prepare` means that the filter does nothing. */
export interface Filter {
  readonly name: string;
  readonly type: PropertyType;
  /** Look-up to start from, where the store keeps one. */
  readonly index?: string;
  readonly prepare: (value: Value, switches: SwitchValues) => ((row: Row) => boolean) | null;
}

export const equals = (name: string, property = name, type: PropertyType = 'int'): Filter => ({
  name,
  type,
  index: property,
  prepare: (value) => (row) => row[property] === value,
});

function compareNames(
  switches: SwitchValues,
  wanted: string,
  read: (row: Row) => Value | undefined,
): ((row: Row) => boolean) | null {
  const text = wanted.toLowerCase();
  const lower = (row: Row): string => String(read(row) ?? '').toLowerCase();
  switch (switches['name-filter']) {
    case 'exact-ci':
      return (row) => lower(row) === text;
    case 'prefix-ci':
      return (row) => lower(row).startsWith(text);
    case 'contains-ci':
      return (row) => lower(row).includes(text);
    case 'ignored':
      return null;
  }
}

export const names = (name: string): Filter => ({
  name,
  type: 'text',
  prepare: (value, switches) => compareNames(switches, String(value), (row) => row[name]),
});

export const titles = (kind: Kind): Filter => ({
  name: 'Title',
  type: 'text',
  prepare: (value, switches) =>
    compareNames(switches, String(value), (row) =>
      kind === 'standards' ? toWireTitle(row, switches) : row['Title'],
    ),
});

export const exactText = (name: string): Filter => ({
  name,
  type: 'text',
  prepare: (value) => (row) => String(row[name] ?? '').toLowerCase() === String(value).toLowerCase(),
});

/** A filter for users; other kinds know it by a switch only. */
export const misId = (kind: Kind): Filter => ({
  name: 'MISID',
  type: 'text',
  index: 'MISID',
  prepare: (value, switches) => {
    const mode = switches['misid-filter'];
    const isUsed = mode === 'all' || (mode === 'users' && kind === 'users');
    return isUsed ? (row) => row['MISID'] === value : null;
  },
});

const toSecond = (iso: string): string => iso.slice(0, 19);

/** Changed since, inclusive, in whole seconds. */
export const changedSince = (name: string): Filter => ({
  name,
  type: 'date',
  prepare: (value) => (row) => row[name] === null || toSecond(String(row[name])) >= toSecond(String(value)),
});

/** 0 not achieved, 1 achieved (see the period), 2 withdrawn. */
export const completionStatus: Filter = {
  name: 'LearningAimCompletionStatus',
  type: 'int',
  prepare: (value) => {
    if (value === 1) return (row) => row['AchievedDate'] !== null;
    if (value === 2) return (row) => row['Status'] === 2;
    return (row) => row['AchievedDate'] === null && row['Status'] !== 2;
  },
};

export const aimStatus: Filter = {
  name: 'Status',
  type: 'int',
  prepare: (value, switches) => (row) => row['Status'] === fromWireAimStatus(Number(value), switches),
};

/** Equality with what the row shows. */
export const reviewStatus: Filter = {
  name: 'Status',
  type: 'int',
  prepare: (value, switches) =>
    switches['review-status'] === 'fixed-1' ? () => value === 1 : (row) => row['Status'] === value,
};
