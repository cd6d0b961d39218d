/*
 * How values look on the way in and out. Incoming values are coerced with the leniency of OneFile (numbers as
 * text, lists as objects, dates in many forms) into one stored form each; dates are stored as UTC instants, so
 * they compare as text. Outgoing rows follow the table of the kind, and the properties on which OneFile is not
 * known follow a switch.
 */

import { isBareDate, parseDateMs, STORED } from '../common/instant.ts';
import type { Property, PropertyType, Row, Table, Value } from './state/row.ts';
import type { SwitchValues } from './switches.ts';

const DAY_MS = 86_400_000;
/** As the end of a period a bare date covers its whole UTC day. */
export function parsePeriodEndMs(text: string): number | null {
  const atMs = parseDateMs(text);
  return atMs !== null && isBareDate(text) ? atMs + DAY_MS - 1 : atMs;
}

/** Writes a stored instant (`YYYY-MM-DDTHH:mm:ss.sssZ`) in the form the switch asks for. */
export function toWireDate(iso: string, form: SwitchValues['date-output']): string {
  switch (form) {
    case 'iso-ms-z':
      return iso;
    case 'iso-s-z':
      return iso.replace(/\.\d+Z$/, 'Z');
    case 'ticks':
      return iso.replace('Z', '0000Z');
    case 'zoneless':
      return iso.replace('Z', '');
  }
}

const NUMERIC = /^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/;

function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && NUMERIC.test(value) ? Number(value) : undefined;
}

function toInteger(value: Value): number | undefined {
  const number = toNumber(value);
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

function toBoolean(value: Value): boolean | undefined {
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : undefined;
}

function toText(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function toDate(value: Value): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (STORED.test(value)) return value;
  const atMs = parseDateMs(value);
  return atMs === null ? undefined : new Date(atMs).toISOString();
}

/** A list, an object with numeric keys in their order, or one value standing for a list of one. */
function toItems(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [value];
  const entries = Object.entries(value).map(([key, item]) => [Number(key), item] as const);
  if (entries.some(([key]) => Number.isNaN(key))) return undefined;
  return entries.sort(([a], [b]) => a - b).map(([, item]) => item);
}

function toList<T extends Value>(value: Value, one: (item: Value) => T | undefined): T[] | undefined {
  const items = toItems(value)?.map(one);
  return items?.includes(undefined) ? undefined : (items as T[] | undefined);
}

/** A repeated form name stands for its last value where no list is expected. */
const single = (value: Value): Value => (Array.isArray(value) ? ((value as Value[]).at(-1) ?? null) : value);

/** Reads a value as the wanted type, with all the leniency OneFile shows; undefined when it cannot be read so. */
export function coerce(value: Value, type: PropertyType): Value | undefined {
  switch (type) {
    case 'int':
      return toInteger(single(value));
    case 'number':
      return toNumber(single(value));
    case 'bool':
      return toBoolean(single(value));
    case 'text':
      return toText(single(value));
    case 'date':
      return toDate(single(value));
    case 'ints':
      return toList(value, toInteger);
    case 'texts':
      return toList(value, toText);
    case 'raw':
      return value;
  }
}

/** Null and empty text say nothing. */
export const isBlank = (value: Value | undefined): boolean =>
  value === undefined || value === null || value === '';

export type RowForm = 'short' | 'full';

interface WireProperty {
  readonly name: string;
  readonly value: Value;
}
type Oddity = (row: Row, switches: SwitchValues) => WireProperty | null;

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

/** Properties with a name, value or presence that depends on a switch. */
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

function show(property: Property, row: Row, switches: SwitchValues): WireProperty | null {
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

interface RowText {
  readonly form: RowForm;
  readonly switches: SwitchValues;
  readonly text: string;
}

/** Rows and sets of switches are replaced and never changed, so the text of a row stays right as long as both are the same. */
const texts = new WeakMap<Row, RowText>();

/** A record as the vendor would show it, in JSON. */
export function rowText(table: Table, row: Row, look: Omit<RowText, 'text'>): string {
  const known = texts.get(row);
  if (known?.form === look.form && known.switches === look.switches) return known.text;
  const wire: Record<string, Value> = {};
  for (const property of table[look.form]) {
    const shown = show(property, row, look.switches);
    if (shown !== null) wire[shown.name] = shown.value;
  }
  const text = JSON.stringify(wire);
  texts.set(row, { ...look, text });
  return text;
}
