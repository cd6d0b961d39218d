import type { Property, Table } from '../state/property.ts';
import type { Row, Value } from '../state/row.ts';
import type { SwitchValues } from '../switch-table.ts';
import { toWireDate } from './dates.ts';

export type RowForm = 'short' | 'full';

interface Shown {
  readonly name: string;
  readonly value: Value;
}
type Oddity = (row: Row, switches: SwitchValues) => Shown | null;

const RENUMBERED_BY = 7;

/** Statuses are kept as 0, 1, 2; a centre may number them otherwise. */
export const toWireAimStatus = (status: number, switches: SwitchValues): number =>
  switches['aim-statuses'] === 'renumbered' ? status + RENUMBERED_BY : status;

export const fromWireAimStatus = (status: number, switches: SwitchValues): number =>
  switches['aim-statuses'] === 'renumbered' ? status - RENUMBERED_BY : status;

export function toWireTitle(row: Row, switches: SwitchValues): string {
  const title = String(row['Title'] ?? '');
  return switches['standard-code'] === 'in-title' && row['code'] !== null
    ? `${title} [${row['code']}]`
    : title;
}

const elements =
  (property: string, nameSwitch: 'elements-total-name' | 'elements-done-name'): Oddity =>
  (row, switches) =>
    switches.elements === 'pair' ? { name: switches[nameSwitch], value: row[property] ?? null } : null;

/** Properties whose name, value or presence hangs on a switch. */
const ODDITIES: ReadonlyMap<string, Oddity> = new Map<string, Oddity>([
  [
    'users.archived',
    (row, switches) =>
      switches['archived-in-search'] === 'marked'
        ? { name: 'Archived', value: row['archived'] ?? false }
        : null,
  ],
  [
    'users.LastModified',
    (row, switches) =>
      switches['last-modified-output'] === 'present'
        ? { name: 'LastModified', value: row['LastModified'] ?? null }
        : null,
  ],
  [
    'aims.Status',
    (row, switches) => ({ name: 'Status', value: toWireAimStatus(row['Status'] as number, switches) }),
  ],
  [
    'aims.CertificateReceivedDate',
    (row, switches) => ({
      name: switches['certificate-received-name'],
      value: row['CertificateReceivedDate'] ?? null,
    }),
  ],
  ['aims.ElementsTotal', elements('ElementsTotal', 'elements-total-name')],
  ['aims.ElementsDone', elements('ElementsDone', 'elements-done-name')],
  ['standards.Title', (row, switches) => ({ name: 'Title', value: toWireTitle(row, switches) })],
  [
    'standards.code',
    (row, switches) =>
      switches['standard-code'] === 'property'
        ? { name: switches['standard-code-name'], value: row['code'] ?? null }
        : null,
  ],
  [
    'unitSummaries.Progress',
    (row, switches) =>
      switches.elements === 'units' ? { name: 'Progress', value: row['Progress'] ?? null } : null,
  ],
  [
    'reviews.Status',
    (row, switches) => ({
      name: 'Status',
      value: switches['review-status'] === 'fixed-1' ? 1 : (row['Status'] ?? null),
    }),
  ],
]);

function show(property: Property, row: Row, switches: SwitchValues): Shown | null {
  const oddity = ODDITIES.get(property.key);
  const shown =
    oddity === undefined ? { name: property.name, value: row[property.name] ?? null } : oddity(row, switches);
  if (shown === null) return null;
  if (shown.value === null) {
    return switches.nulls === 'explicit' || property.flags.has('kept') ? shown : null;
  }
  if (property.type !== 'date' || switches['date-output'] === 'iso-ms-z') return shown;
  return { name: shown.name, value: toWireDate(String(shown.value), switches['date-output']) };
}

/** A record as the vendor would show it. */
export function encodeRow(table: Table, row: Row, form: RowForm, switches: SwitchValues): Row {
  const wire: Record<string, Value> = {};
  for (const property of table[form]) {
    const shown = show(property, row, switches);
    if (shown !== null) wire[shown.name] = shown.value;
  }
  return wire;
}
