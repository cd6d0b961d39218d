import type { ElementReader } from '../wire/contract.ts';

/*
 * Reads an XML document as plain values, from its first character to its last, in one pass.
 *
 * An element is its text, or a row of its children by local name; children of one name are a list. Attributes are
 * checked and left out: a nil element is empty as well. Text beside children is left out, as between the elements of an
 * indented document.
 *
 * A document is read only if it is well formed. It may not have a document type, and so no entity but XML's own five and
 * numeric ones, and it may nest only so deep. Each value is cut out of the text once, and an element that holds a record
 * is read as soon as it ends, so that a list of many thousand records costs little more than the records.
 */

const mostNested = 32;

class Malformed extends Error {}

/** The content of a document, under the name of its root; undefined = it is not well formed, or not allowed. */
export function parseXml(text: string, records?: ElementReader): unknown {
  try {
    return new XmlReader(text).readDocument(records);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

type Element = { readonly name: string; readonly value: unknown };

const spaces = /[ \t\r\n]*/y;
const qualifiedName = /[\p{L}_][\p{L}\p{M}\p{N}._·-]*(?::[\p{L}_][\p{L}\p{M}\p{N}._·-]*)?/uy;
const attributeValue = /[ \t\r\n]*=[ \t\r\n]*(?:"[^<"]*"|'[^<']*')/y;

class XmlReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readDocument(records: ElementReader | undefined): unknown {
    this.#skipBetween();
    const { name, value } = this.#readElement(1, records);
    this.#skipBetween();
    if (this.#at !== this.#text.length) throw new Malformed('something follows the root');
    return { [name]: value };
  }

  /** What may stand before and after the root: spaces, comments, instructions and the declaration. */
  #skipBetween(): void {
    for (;;) {
      this.#skip(spaces);
      if (this.#take('<?')) this.#takeUntil('?>');
      else if (this.#take('<!--')) this.#takeComment();
      else return;
    }
  }

  /** An element that holds a record is read when it ends. What has its name inside of it is a part of it. */
  #readElement(depth: number, records: ElementReader | undefined): Element {
    if (depth > mostNested) throw new Malformed('elements nest too deep');
    if (!this.#take('<')) throw new Malformed('an element was expected');
    const tag = this.#readName();
    const name = tag.slice(tag.indexOf(':') + 1);
    if (name === '__proto__') throw new Malformed('an element has a name that no record has');
    this.#skipAttributes();
    const record = name === records?.element ? records : undefined;
    const value = this.#take('/>')
      ? ''
      : this.#readContent(tag, depth, record === undefined ? records : undefined);
    return { name, value: record === undefined ? value : record.read(value) };
  }

  #skipAttributes(): void {
    let seen: Set<string> | null = null;
    for (;;) {
      const isApart = this.#skip(spaces) > 0;
      const next = this.#text[this.#at];
      if (next === '>' || next === '/') return;
      if (!isApart) throw new Malformed('an attribute is not set apart');
      const name = this.#readName();
      seen ??= new Set();
      if (seen.has(name)) throw new Malformed('an attribute stands twice');
      seen.add(name);
      if (this.#skip(attributeValue) === 0) throw new Malformed('an attribute has no value');
    }
  }

  /** What stands between the tags of an element, of which the first has still to be closed. */
  #readContent(tag: string, depth: number, records: ElementReader | undefined): unknown {
    if (!this.#take('>')) throw new Malformed('a tag does not end');
    let text = '';
    let row: Record<string, unknown> | null = null;
    for (;;) {
      text += decodeText(this.#takeUpTo('<'));
      if (this.#at === this.#text.length) throw new Malformed('an element does not end');
      if (this.#take('</')) {
        this.#takeEnd(tag);
        return row ?? text;
      }
      if (this.#take('<![CDATA[')) text += this.#takeUntil(']]>');
      else if (this.#take('<!--')) this.#takeComment();
      else if (this.#take('<?')) this.#takeUntil('?>');
      else {
        const { name, value } = this.#readElement(depth + 1, records);
        row ??= {};
        addChild(row, name, value);
      }
    }
  }

  #takeEnd(tag: string): void {
    if (!this.#take(tag)) throw new Malformed('another element ends');
    this.#skip(spaces);
    if (!this.#take('>')) throw new Malformed('a tag does not end');
  }

  #readName(): string {
    const from = this.#at;
    if (this.#skip(qualifiedName) === 0) throw new Malformed('a name was expected');
    return this.#text.slice(from, this.#at);
  }

  #takeComment(): void {
    this.#takeUntil('--');
    if (!this.#take('>')) throw new Malformed('a comment does not end');
  }

  /** Whether the text goes on with `mark`, which is then taken. */
  #take(mark: string): boolean {
    const isNext = this.#text.startsWith(mark, this.#at);
    if (isNext) this.#at += mark.length;
    return isNext;
  }

  /** The text before the next `mark`, or all that is left. */
  #takeUpTo(mark: string): string {
    const from = this.#at;
    const found = this.#text.indexOf(mark, from);
    this.#at = found === -1 ? this.#text.length : found;
    return this.#text.slice(from, this.#at);
  }

  /** The text before the next `mark`, which must come and is taken as well. */
  #takeUntil(mark: string): string {
    const taken = this.#takeUpTo(mark);
    if (!this.#take(mark)) throw new Malformed(`${mark} is missing`);
    return taken;
  }

  /** How many characters the pattern takes from here. */
  #skip(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    const taken = pattern.test(this.#text) ? pattern.lastIndex - this.#at : 0;
    this.#at += taken;
    return taken;
  }
}

function addChild(row: Record<string, unknown>, name: string, value: unknown): void {
  const before = Object.hasOwn(row, name) ? row[name] : undefined;
  if (before === undefined) row[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else row[name] = [before, value];
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function decodeText(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]*)(;?)/g, (_, name: string, end: string) => {
    const decoded = end === '' ? null : (entities.get(name) ?? decodeNumber(name));
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
