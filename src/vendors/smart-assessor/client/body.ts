import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Body, Contract, Row } from '../wire/contract.ts';

/*
 * Bodies of answers as plain values. XML becomes what JSON would be: an element is its text, or a row of its children by
 * local name, and children of one name are a list. Attributes are left out: a nil element is empty as well.
 *
 * XML is checked first and then parsed without document types and without any entity but XML's own five and numeric
 * ones, to a bounded depth. Elements that hold one record each are cut out as text and parsed one after the other, so
 * the tree of a long list never stands in memory.
 */

const mostNested = 32;

export function parseBody(
  text: string,
  { format, recordElements }: Pick<Contract, 'format' | 'recordElements'>,
): Body {
  if (text.trim() === '') return { kind: 'nothing' };
  const value = format === 'json' ? parseJson(text) : parseXml(text, recordElements);
  return value === undefined ? { kind: 'unreadable' } : { kind: 'value', value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const options = {
  preserveOrder: true,
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: false,
  trimValues: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: mostNested,
} as const;

const recordParser = new XMLParser(options);

type Node = Readonly<Record<string, unknown>>;

class Malformed extends Error {}

function parseXml(text: string, recordElements: readonly string[]): unknown {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return undefined;
  if (XMLValidator.validate(text) !== true) return undefined;
  try {
    const outer = new XMLParser({ ...options, stopNodes: recordElements.map((name) => `*.${name}`) });
    const isRecord = new Set(recordElements);
    return toValue(outer.parse(text) as readonly Node[], isRecord);
  } catch {
    return undefined;
  }
}

/** The text of an element, or its children. */
function toValue(nodes: readonly Node[], isRecord: ReadonlySet<string>): unknown {
  const texts: string[] = [];
  const row: Record<string, unknown> = {};
  let hasChildren = false;
  for (const node of nodes) {
    const [name = '', content] = Object.entries(node)[0] ?? [];
    if (name === '#text') texts.push(decodeText(String(content)));
    else if (name === '#cdata') texts.push(cdataText(content as readonly Node[]));
    else {
      hasChildren = true;
      const inner = content as readonly Node[];
      add(row, name, isRecord.has(name) ? parseRecord(inner) : toValue(inner, isRecord));
    }
  }
  return hasChildren ? row : texts.join('');
}

function add(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') throw new Malformed('an element has a name that no record has');
  const before = Object.hasOwn(row, name) ? row[name] : undefined;
  if (before === undefined) row[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else row[name] = [before, value];
}

function cdataText(nodes: readonly Node[]): string {
  return nodes.map((node) => String(node['#text'] ?? '')).join('');
}

/** A record whose element was cut out as text. */
function parseRecord(nodes: readonly Node[]): Row | unknown {
  const inside = nodes.map((node) => String(node['#text'] ?? '')).join('');
  const [wrapped] = recordParser.parse(`<record>${inside}</record>`) as readonly Node[];
  return toValue((wrapped?.['record'] ?? []) as readonly Node[], new Set());
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Throws at a reference that is not one of XML's own. */
function decodeText(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;\s]*);?/g, (_, name: string) => {
    const decoded = entities.get(name) ?? decodeNumber(name);
    if (decoded === null) throw new Malformed('a reference is not known');
    return decoded;
  });
}

function decodeNumber(name: string): string | null {
  const digits = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
  if (digits === null) return null;
  const code = Number.parseInt(digits[1] ?? digits[2] ?? '', digits[1] === undefined ? 10 : 16);
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : null;
}
