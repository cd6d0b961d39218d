import type { ColumnKind } from './reference-tables.ts';

export type FieldValue = string | number | boolean | null;

/** What Debezium puts where Postgres did not log a long value because it did not change. */
export const unavailableValue = '__debezium_unavailable_value';
export const unchangedMark = Symbol('unchanged');

/**
 * One captured or selected value in our terms: trimmed, blank = null, dates and London times without the zone that
 * the capture adds falsely.
 *
 * A date that is none (`infinity`, a year before Christ) stays the text it is: who would send it must refuse it.
 */
export function toFieldValue(value: unknown, kind: ColumnKind): FieldValue | typeof unchangedMark {
  if (value === null || value === undefined) return null;
  if (value === unavailableValue) return unchangedMark;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return kind === 'integer' ? value : String(value);
  if (typeof value === 'bigint') return Number(value);
  const text = toText(value);
  if (text === null) return null;
  switch (kind) {
    case 'date':
      return toDate(text);
    case 'local-time':
      return toLocalTime(text);
    case 'integer':
      return toInteger(text);
    case 'uuid':
      return text.toLowerCase();
    case 'text':
    case 'instant':
    case 'json':
      return text;
  }
}

/** Trimmed at both ends; null when nothing is left (G-1). */
export function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = (
    typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value)
  ).trim();
  return text === '' ? null : text;
}

/** `1999-02-28Z` and `1999-02-28` alike become `1999-02-28`. */
export function toDate(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:Z|[T ].*)?$/.exec(text);
  return match?.[1] ?? text;
}

/** `2026-01-15T09:00:00Z`, with or without seconds, fraction or the false `Z`, becomes `2026-01-15T09:00:00`. */
export function toLocalTime(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?)?Z?$/.exec(text);
  if (match === null) return text;
  return `${match[1]}T${match[2] ?? '00:00'}:${match[3] ?? '00'}`;
}

function toInteger(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}
