const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const zeroGuid = '00000000-0000-0000-0000-000000000000';

/**
 * The normal form of an id: trimmed, without one pair of braces, a GUID in lower case. Two ids are the same if their
 * normal forms are the same without regard to case.
 */
export function normalId(text: string): string {
  const trimmed = text.trim();
  const bare = trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1).trim() : trimmed;
  return guid.test(bare) ? bare.toLowerCase() : bare;
}

/** Spaces, `0` and the GUID of zeros stand for "no id". They are never a key. */
function isBlankId(id: string): boolean {
  return id === '' || id === '0' || id === zeroGuid;
}

const longestId = 50;

/** How an id of a kind of record looks. `digits`: an employer's, the only ids that are numbers (Q1). */
export type IdForm = 'text' | 'digits';

/** The id in a value of the wire; null = blank, `bad` = a value that cannot be an id. */
export function idOf(value: unknown, form: IdForm): string | null | 'bad' {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string' && typeof value !== 'number') return 'bad';
  const id = normalId(String(value));
  if (isBlankId(id)) return null;
  if (form === 'digits') {
    if (!/^\d{1,18}$/.test(id)) return 'bad';
    const digits = id.replace(/^0+/, '');
    return digits === '' ? null : digits;
  }
  return id.length > longestId || /[\s/{}<>]/.test(id) ? 'bad' : id;
}

export function isSameId(one: string, other: string): boolean {
  return normalId(one).toLowerCase() === normalId(other).toLowerCase();
}
