import type { Body, Contract, ElementReader } from '../wire/contract.ts';
import { parseXml } from './xml.ts';

/** The body of an answer as plain values: XML becomes what JSON would be. `records`: how elements of XML are read. */
export function parseBody(text: string, format: Contract['format'], records?: ElementReader): Body {
  if (text.trim() === '') return { kind: 'nothing' };
  const value = format === 'json' ? parseJson(text) : parseXml(text, records);
  return value === undefined ? { kind: 'unreadable' } : { kind: 'value', value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
