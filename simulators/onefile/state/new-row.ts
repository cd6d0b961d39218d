import type { Row, RowId, Value } from './row.ts';
import type { Store } from './store.ts';
import { type Kind, TABLES } from './tables.ts';
import { ROLE } from './user-table.ts';

/** First initial and last name in capitals, with a number if taken. */
export function makeUsername(store: Store, firstName: string, lastName: string): string {
  const plain = (text: string): string =>
    text
      .normalize('NFD')
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '');
  const base = `${plain(firstName).slice(0, 1)}${plain(lastName)}` || 'USER';
  let name = base;
  for (let number = 2; store.has('users', 'Username', name); number += 1) name = `${base}${number}`;
  return name;
}

type Mark = 'StartedOn' | 'AssessorSignedOn' | 'LearnerSignedOn' | 'EmployerSignedOn';

/** 1 scheduled, 2 started, 3 signed by the assessor, 4 signed by the learner; told by the dates alone. */
export function reviewStatus(row: Readonly<Partial<Record<Mark, Value>>>): number {
  const isSet = (name: Mark): boolean => (row[name] ?? null) !== null;
  if (isSet('LearnerSignedOn')) return 4;
  if (isSet('AssessorSignedOn')) return 3;
  return isSet('StartedOn') ? 2 : 1;
}

function derive(
  store: Store,
  kind: Kind,
  row: Readonly<Record<string, Value>>,
  now: string,
): Record<string, Value> {
  switch (kind) {
    case 'users':
      return {
        Username:
          row['Username'] ??
          makeUsername(store, String(row['FirstName'] ?? ''), String(row['LastName'] ?? '')),
        CreatedOn: row['CreatedOn'] ?? now,
        LastModified: row['LastModified'] ?? now,
        Progress: row['Progress'] ?? (row['Role'] === ROLE.learner ? 0 : null),
      };
    case 'reviews':
      return { CreatedOn: row['CreatedOn'] ?? now, Status: row['Status'] ?? reviewStatus(row) };
    default:
      return {};
  }
}

/** A whole record from what is given: every property is there, and what is missing is as after a create. */
export function toNewRow(
  store: Store,
  kind: Kind,
  id: RowId,
  given: { readonly values: Readonly<Record<string, Value>>; readonly now: string },
): Row {
  const values = Object.fromEntries(Object.entries(given.values).filter(([, value]) => value !== null));
  return { ...TABLES[kind].blank, ...values, ...derive(store, kind, values, given.now), ID: id };
}
