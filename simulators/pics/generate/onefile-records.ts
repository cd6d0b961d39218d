/** A record as the OneFile simulator takes it: wire names, with its id. */
export type OneFileRecord = Record<string, string | number | boolean | null>;

/** In the order in which they refer to each other. */
export const oneFileKinds = [
  'customers',
  'organisations',
  'classrooms',
  'placements',
  'standards',
  'users',
  'aims',
  'visits',
  'reviews',
] as const;

export type OneFileKind = (typeof oneFileKinds)[number];

export interface OneFileEntry {
  kind: OneFileKind;
  record: OneFileRecord;
}

export function toEntry(kind: OneFileKind, record: OneFileRecord): OneFileEntry {
  return { kind, record };
}

/** Leaves out what is blank: at OneFile absent and null mean the same. */
export function toFilled(
  record: Record<string, string | number | boolean | null | undefined>,
): OneFileRecord {
  const filled: OneFileRecord = {};
  for (const [name, value] of Object.entries(record)) {
    const kept = typeof value === 'string' ? value.trim().normalize('NFC') : value;
    if (kept !== undefined && kept !== null && kept !== '') filled[name] = kept;
  }
  return filled;
}
