import type { Reply } from '../common/server.ts';
import type { Facade } from './history.ts';

/** What is known of a call once its head has been read. */
export interface Head {
  readonly method: string;
  /** Relative to the façade's base. */
  readonly path: string;
  readonly query: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export function headerOf({ headers }: Head, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** What came of the work of a call. */
export interface Worked {
  readonly reply: Reply;
  readonly resultId: string | null;
  /** Why it was refused; null when it was not. */
  readonly code: string | null;
}

/** A call as its façade has read it. Nothing has been done yet. */
export interface ReadCall {
  readonly facade: Facade;
  /** In the words of the port where it has one, else of the wire. */
  readonly operation: string;
  /** The name on the wire. */
  readonly wireName: string;
  /** The pattern of its path, where it has one. */
  readonly route: string | null;
  /** Which part of the credential was right. */
  readonly credential: string;
  /** Without credentials and passwords. */
  readonly keptBody: string;
  readonly isDryRun: boolean;
  readonly passwordSent: boolean;
  /** Lists leave out records of `omittedIds`. */
  readonly work: (callSeq: number, omittedIds: ReadonlySet<string>) => Worked;
  /** A success without the id that should be there. */
  readonly blankId: (form: 'empty' | 'missing' | 'zero') => Reply;
  readonly fault: (code: 'Sender' | 'Receiver', subcode: string | null) => Reply;
  readonly tooMany: (headers: Readonly<Record<string, string>>) => Reply;
}

const JSON_TYPE = 'application/json; charset=utf-8';

export const NO_CONTENT: Reply = { status: 204, contentType: null, body: '' };

export const jsonReply = (status: number, body: unknown): Reply => ({
  status,
  contentType: JSON_TYPE,
  body: JSON.stringify(body),
});

export const htmlReply = (status: number, text: string): Reply => ({
  status,
  contentType: 'text/html; charset=utf-8',
  body: `<!DOCTYPE html><html><body><h1>${text}</h1></body></html>`,
});
