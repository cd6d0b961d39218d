/*
 * XML in and out. A document is checked for well-formedness, parsed without document types and without any entity but
 * the five that XML itself has and numeric ones, and turned into a tree in which each element knows its namespace. What
 * goes out is escaped; characters that XML cannot hold are left out.
 */

import { XMLParser, XMLValidator } from 'fast-xml-parser';

export interface Element {
  /** Local name. */
  readonly name: string;
  readonly namespace: string;
  readonly text: string;
  readonly children: readonly Element[];
  readonly isNil: boolean;
}

const MOST_NESTED = 32;
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  trimValues: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MOST_NESTED,
});

type Node = Readonly<Record<string, unknown>>;
type Prefixes = ReadonlyMap<string, string>;

const KNOWN: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Null when a reference is not one of XML's own. */
function decode(text: string): string | null {
  let isFaulty = false;
  const decoded = text.replace(/&([^;\s]*);?/g, (_, name: string) => {
    const digits = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const code = digits === null ? null : Number.parseInt(digits[1] ?? digits[2] ?? '', digits[1] ? 16 : 10);
    const isCharacter = code !== null && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    const known = isCharacter
      ? String.fromCodePoint(code)
      : Object.hasOwn(KNOWN, name)
        ? KNOWN[name]
        : undefined;
    if (known === undefined) isFaulty = true;
    return known ?? '';
  });
  return isFaulty ? null : decoded;
}

class Malformed extends Error {}

function decoded(text: string): string {
  const value = decode(text);
  if (value === null) throw new Malformed('an entity is not known');
  return value;
}

function toElement(node: Node, outer: Prefixes): Element | null {
  const tag = Object.keys(node).find((key) => key !== ':@' && !key.startsWith('#'));
  if (tag === undefined) return null;
  const attributes = Object.entries((node[':@'] ?? {}) as Record<string, unknown>).map(
    ([name, value]) => [name, decoded(String(value))] as const,
  );
  const prefixes = new Map(outer);
  for (const [name, value] of attributes) {
    if (name === 'xmlns') prefixes.set('', value);
    else if (name.startsWith('xmlns:')) prefixes.set(name.slice(6), value);
  }
  const [prefix, name] = splitName(tag);
  const namespace = prefixes.get(prefix);
  if (namespace === undefined && prefix !== '') throw new Malformed(`the prefix ${prefix} is not declared`);
  const content = node[tag] as readonly Node[];
  const isNil = attributes.some(([key, value]) => {
    const [attributePrefix, local] = splitName(key);
    return local === 'nil' && prefixes.get(attributePrefix) === XSI && (value === 'true' || value === '1');
  });
  const texts = content.map((one) => {
    if ('#text' in one) return decoded(String(one['#text']));
    const [inner] = ('#cdata' in one ? one['#cdata'] : []) as readonly Node[];
    return inner === undefined ? '' : String(inner['#text'] ?? '');
  });
  const children = content.map((one) => toElement(one, prefixes)).filter((one) => one !== null);
  return { name, namespace: namespace ?? '', text: texts.join(''), children, isNil };
}

function splitName(name: string): [prefix: string, local: string] {
  const at = name.indexOf(':');
  return at < 0 ? ['', name] : [name.slice(0, at), name.slice(at + 1)];
}

/** The document's element, or why there is none. */
export function parseXml(text: string): Element | { fault: string } {
  if (/<!DOCTYPE/i.test(text)) return { fault: 'A document type is not allowed.' };
  if (text.trim() === '' || XMLValidator.validate(text) !== true)
    return { fault: 'The body is not well-formed XML.' };
  try {
    const nodes = parser.parse(text) as readonly Node[];
    const elements = nodes.map((node) => toElement(node, new Map())).filter((one) => one !== null);
    const [only] = elements;
    return only === undefined || elements.length > 1 ? { fault: 'The body is not well-formed XML.' } : only;
  } catch {
    return { fault: 'The body is not well-formed XML.' };
  }
}

export const childOf = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find((child) => child.name === name);

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML 1.0 can hold. A carriage return would be read as a line feed if it were not written as a reference. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '')
    .replace(/\r/g, '&#13;');

export const writeElement = (name: string, content: string): string =>
  content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
