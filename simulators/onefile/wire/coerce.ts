import type { PropertyType } from '../state/property.ts';
import type { Value } from '../state/row.ts';
import { parseDateMs } from './dates.ts';

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
