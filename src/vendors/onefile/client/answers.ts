import { isRow, type Row, toKeepable } from '../wire/values.ts';
import type { WireAnswer } from './transport.ts';

/** What an HTTP answer means. */
type Meaning =
  /** OneFile did what was asked. */
  | 'done'
  /** OneFile says no to this record, and would say no again. */
  | 'refused'
  /** The session or the customer token is not valid. */
  | 'unauthorized'
  /** Too many calls: certainly not done. */
  | 'limited'
  /** Not an answer of OneFile, or not a whole one: the call may have been done. */
  | 'unknown';

/**
 * The form of a body. `error`: OneFile's own error, an object with a whole number as code and a message.
 * `page`: HTML or XML, as gateways, firewalls and maintenance pages write it.
 */
type Form = 'error' | 'json' | 'text' | 'empty' | 'page';

type Rule = {
  readonly from: number;
  readonly to: number;
  /** Null = any form. */
  readonly forms: readonly Form[] | null;
  readonly meaning: Meaning;
};

/**
 * What an answer means, by its status and the form of its body. The first rule that fits counts; an answer that
 * fits none is unknown.
 *
 * How it works: between this program and OneFile stand proxies, gateways and firewalls, and they answer too.
 * Only OneFile can refuse a record, so an answer counts as a refusal only if OneFile certainly wrote it: 403,
 * 404 and other statuses that gateways use as well need OneFile's own error as the body. A 400, 409 or 422
 * judges the content of a request, which gateways seldom do, and OneFile's form of it is not known for certain
 * (G4): there every form but a page counts. Everything else (a redirect to a maintenance page, 408 and 499 of
 * a proxy that did not wait, 425, 5xx) says nothing about what OneFile did: a create is looked up before it is
 * sent again, and other calls are repeated.
 */
const meanings: readonly Rule[] = [
  { from: 204, to: 205, forms: null, meaning: 'done' },
  { from: 200, to: 299, forms: ['json', 'empty'], meaning: 'done' },
  { from: 401, to: 401, forms: null, meaning: 'unauthorized' },
  { from: 429, to: 429, forms: null, meaning: 'limited' },
  { from: 408, to: 408, forms: null, meaning: 'unknown' },
  { from: 425, to: 425, forms: null, meaning: 'unknown' },
  { from: 499, to: 499, forms: null, meaning: 'unknown' },
  { from: 400, to: 400, forms: ['error', 'json', 'text', 'empty'], meaning: 'refused' },
  { from: 409, to: 409, forms: ['error', 'json', 'text', 'empty'], meaning: 'refused' },
  { from: 422, to: 422, forms: ['error', 'json', 'text', 'empty'], meaning: 'refused' },
  { from: 400, to: 498, forms: ['error'], meaning: 'refused' },
];

export function classifyAnswer({ status, body }: Extract<WireAnswer, { kind: 'answer' }>): Meaning {
  const form = formOf(body);
  const rule = meanings.find(
    ({ from, to, forms }) => status >= from && status <= to && (forms === null || forms.includes(form)),
  );
  return rule?.meaning ?? 'unknown';
}

function formOf(text: string): Form {
  const body = toBody(text);
  if (body.kind === 'nothing') return 'empty';
  if (body.kind === 'unreadable') return text.trimStart().startsWith('<') ? 'page' : 'text';
  if (!isRow(body.value)) return 'json';
  const isError = Number.isInteger(anyCase(body.value, 'code')) && anyCase(body.value, 'message') !== null;
  return isError ? 'error' : 'json';
}

/** The property of an error, whose names OneFile may write in any case. */
function anyCase(row: Row, name: string): unknown {
  return Object.entries(row).find(([key]) => key.toLowerCase() === name)?.[1] ?? null;
}

/** The body of an answer: JSON, `nothing` when empty, `unreadable` when it is not JSON. */
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

/** A NUL, or a surrogate, which may be half a character. */
const oddEscape = /\\u(?:0000|d[89a-f])/i;

function toKeepableValue(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? toKeepable(value) : value;
}

/**
 * Rows of a search. 204 and `[]` both mean no match. Null = the answer is neither: also a 200 without a body,
 * which OneFile never gives to a search, and which would read as a list without records.
 */
export function toRows({
  body,
  status,
}: {
  readonly body: Body;
  readonly status: number;
}): readonly Row[] | null {
  if (body.kind === 'nothing') return status === 204 ? [] : null;
  return body.kind === 'json' && Array.isArray(body.value) ? body.value.filter(isRow) : null;
}

/** The id in the answer to a create: a bare number, a quoted one, or a property of an object. */
export function toCreatedId(body: Body): string | null {
  if (body.kind !== 'json') return null;
  const value = isRow(body.value) ? body.value['ID'] : body.value;
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return /^[1-9]\d{0,17}$/.test(text) ? text : null;
}

/** The session token: the whole body, bare or as a JSON string. Null when it cannot be a token. */
export function toToken(text: string): string | null {
  const trimmed = text.trim();
  const quoted = trimmed.startsWith('"') ? toBody(trimmed) : null;
  const token = quoted?.kind === 'json' && typeof quoted.value === 'string' ? quoted.value.trim() : trimmed;
  return token === '' || /[\s<{]/.test(token) ? null : token;
}

/**
 * OneFile's text of a refusal, for people only. The body is JSON with any spelling of `message`, text, or
 * empty.
 */
export function toRefusalText(text: string): string {
  const body = toBody(text);
  if (body.kind === 'json' && isRow(body.value)) {
    const message = anyCase(body.value, 'message');
    if (typeof message === 'string') return toWords(message);
  }
  return body.kind === 'nothing' || text.trimStart().startsWith('<') ? '' : toWords(text.trim());
}

/** Cuts to 500 characters; the cut may split a character, which is then removed. */
function toWords(text: string): string {
  return toKeepable(text.slice(0, 500));
}
