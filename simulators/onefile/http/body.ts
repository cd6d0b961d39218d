import type { Value } from '../state/row.ts';

/** Properties of a body by lower-case name: OneFile does not mind the case, and the last of two counts. */
export type Input = ReadonlyMap<string, Value>;

type BodyResult =
  | { kind: 'input'; input: Input }
  | { kind: 'malformed'; detail: string }
  | { kind: 'wrong-type'; contentType: string };

export const EMPTY_INPUT: Input = new Map();

function toInput(properties: Readonly<Record<string, Value>>): Input {
  const input = new Map<string, Value>();
  for (const [name, value] of Object.entries(properties)) input.set(name.toLowerCase(), value);
  return input;
}

function parseJson(text: string): BodyResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'malformed', detail: 'The body is not valid JSON' };
  }
  if (Array.isArray(value)) return { kind: 'input', input: EMPTY_INPUT };
  if (typeof value !== 'object' || value === null) {
    return { kind: 'malformed', detail: 'The body must be a JSON object' };
  }
  return { kind: 'input', input: toInput(value as Record<string, Value>) };
}

/** `Name[0]=…`, `Name[]=…` and a repeated `Name` make a list. */
function parseForm(text: string): BodyResult {
  const properties: Record<string, Value> = {};
  const append = (name: string, value: string): void => {
    const present = properties[name];
    properties[name] = Array.isArray(present) ? [...present, value] : [value];
  };
  for (const [key, value] of new URLSearchParams(text)) {
    const listName = /^(.+)\[\d*\]$/.exec(key)?.[1];
    if (listName !== undefined) {
      append(listName, value);
    } else if (properties[key] === undefined) {
      properties[key] = value;
    } else {
      if (typeof properties[key] === 'string') properties[key] = [properties[key]];
      append(key, value);
    }
  }
  return { kind: 'input', input: toInput(properties) };
}

/** Reads a body as OneFile does: JSON or form, guessed where the type is not said. */
export function parseBody(text: string, contentTypeHeader: string | undefined): BodyResult {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return { kind: 'input', input: EMPTY_INPUT };
  const contentType = (contentTypeHeader ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  switch (contentType) {
    case 'application/json':
      return parseJson(trimmed);
    case 'application/x-www-form-urlencoded':
      return parseForm(trimmed);
    case '':
      return /^[{[]/.test(trimmed) ? parseJson(trimmed) : parseForm(trimmed);
    default:
      return { kind: 'wrong-type', contentType };
  }
}
