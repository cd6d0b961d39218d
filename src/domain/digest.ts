import { createHash, createHmac } from 'node:crypto';
import type { JsonObject } from './json.ts';

/**
 * Computes a short digest of a JSON value. Equal values have equal digests, whatever the order of their
 * properties.
 */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 27);
}

function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

/** As `digestOf`, but keyed: without the key, the digest cannot be matched by trying likely values. */
export function createKeyedDigest(key: string): (value: unknown) => string {
  return (value) => createHmac('sha256', key).update(canonical(value)).digest('base64url').slice(0, 43);
}

/** A shorter digest of a record, as shadows keep it. */
export function hashRecord(record: JsonObject): string {
  return createHash('sha256').update(canonical(record)).digest('base64url').slice(0, 22);
}
