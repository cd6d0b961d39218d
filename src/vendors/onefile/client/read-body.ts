import { toKeepable } from '../wire/keepable.ts';
import { isRow, type Row } from '../wire/values.ts';

/** JSON of an answer; `nothing` for an empty one, `unreadable` for what is no JSON. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreadable' };

export function toBody(text: string): Body {
  if (text.trim() === '') return { kind: 'nothing' };
  try {
    const value: unknown = oddEscape.test(text) ? JSON.parse(text, toKeepableValue) : JSON.parse(text);
    return value === null ? { kind: 'nothing' } : { kind: 'json', value };
  } catch {
    return { kind: 'unreadable' };
  }
}

/** A NUL, or what may be half a character. */
const oddEscape = /\\u(?:0000|d[89a-f])/i;

function toKeepableValue(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? toKeepable(value) : value;
}

/** Rows of a search: an empty body and `[]` both mean that nothing matches. Null = the body is neither. */
export function toRows(body: Body): readonly Row[] | null {
  if (body.kind === 'nothing') return [];
  return body.kind === 'json' && Array.isArray(body.value) ? body.value.filter(isRow) : null;
}

/** The id that a create answers: a bare number, in quotes, or inside an object. */
export function toCreatedId(body: Body): string | null {
  if (body.kind !== 'json') return null;
  const value = isRow(body.value) ? body.value['ID'] : body.value;
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return /^[1-9]\d{0,17}$/.test(text) ? text : null;
}

/** The session token: the whole body, bare or as a JSON string. Null when it cannot be one. */
export function toToken(text: string): string | null {
  const trimmed = text.trim();
  const quoted = trimmed.startsWith('"') ? toBody(trimmed) : null;
  const token = quoted?.kind === 'json' && typeof quoted.value === 'string' ? quoted.value.trim() : trimmed;
  return token === '' || /\s/.test(token) ? null : token;
}

/** OneFile's words about a refusal, for people only. Error bodies are JSON in any case, text, or empty. */
export function toRefusalText(text: string): string {
  const body = toBody(text);
  if (body.kind === 'json' && isRow(body.value)) {
    const entry = Object.entries(body.value).find(([name]) => name.toLowerCase() === 'message');
    if (typeof entry?.[1] === 'string') return toWords(entry[1]);
  }
  return body.kind === 'nothing' || text.trimStart().startsWith('<') ? '' : toWords(text.trim());
}

/** A cut may go through the middle of a character. */
function toWords(text: string): string {
  return toKeepable(text.slice(0, 500));
}
