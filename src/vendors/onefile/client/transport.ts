import { Pool } from 'undici';
import type { NameOverrides, Route } from '../wire/names.ts';
import { isRow, type Row, toKeepable } from '../wire/values.ts';

/**
 * The result of one HTTP request. The transport does not know which call it was or what the answer means.
 */
export type WireAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      /** The server's clock, from its `Date` header. */
      readonly serverTimeMs: number | null;
      readonly retryAfter: string | null;
    }
  /** Certainly nothing was sent. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** OneFile may have received the request: no answer, half an answer, or too late. */
  | { readonly kind: 'unknown'; readonly detail: string };

type WireRequest = Pick<Route, 'method' | 'path'> & {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

export type Transport = {
  send(request: WireRequest): Promise<WireAnswer>;
  close(): Promise<void>;
};

type TransportOptions = {
  /** With or without a trailing slash. */
  readonly baseUrl: string;
  readonly connectTimeoutMs: number;
  /** Limit for the whole call, from the first byte sent to the last byte received (O3). */
  readonly callTimeoutMs: number;
  readonly connections: number;
};

/**
 * Sends requests over a pool of connections.
 *
 * Every request ends in one of three results: an answer, certainly not sent, or unknown. Network errors are
 * never thrown. An error counts as not sent only if it happened before the connection was established; in
 * doubt the request was sent.
 */
export function createTransport(options: TransportOptions): Transport {
  const { origin, pathname } = new URL(options.baseUrl);
  const base = pathname.replace(/\/+$/, '');
  const pool = new Pool(origin, {
    connect: { timeout: options.connectTimeoutMs },
    connections: options.connections,
    headersTimeout: options.callTimeoutMs,
    bodyTimeout: options.callTimeoutMs,
  });
  return {
    send: async ({ method, path, headers, body }) => {
      const signal = AbortSignal.timeout(options.callTimeoutMs);
      let status = 0;
      try {
        const response = await pool.request({ method, path: `${base}/${path}`, headers, body, signal });
        status = response.statusCode;
        return {
          kind: 'answer',
          status,
          body: await response.body.text(),
          serverTimeMs: toTimeMs(response.headers['date']),
          retryAfter: firstHeader(response.headers['retry-after']),
        };
      } catch (error) {
        // A 4xx status is a refusal, even if the connection broke before its text arrived.
        if (status >= 400 && status < 500) {
          return { kind: 'answer', status, body: '', serverTimeMs: null, retryAfter: null };
        }
        return classifyError(error, status);
      }
    },
    close: () => pool.close(),
  };
}

const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Only errors before the connection was established count as unsent. */
function classifyError(error: unknown, status: number): WireAnswer {
  const { code, syscall, name } = errorFacts(error);
  if (status === 0 && (neverConnected.has(code) || syscall === 'connect' || /CERT|TLS_CERT/.test(code))) {
    return { kind: 'unreachable', detail: code };
  }
  return { kind: 'unknown', detail: name === 'TimeoutError' ? 'TIMEOUT' : code };
}

/** When several addresses failed, the errors arrive in one AggregateError. */
function errorFacts(error: unknown): { code: string; syscall: string; name: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return errorFacts(error.errors[0]);
  if (!(error instanceof Error)) return { code: 'CONNECTION_LOST', syscall: '', name: '' };
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  return {
    code: typeof code === 'string' ? code : 'CONNECTION_LOST',
    syscall: typeof syscall === 'string' ? syscall : '',
    name: error.name,
  };
}

function firstHeader(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function toTimeMs(value: string | string[] | undefined): number | null {
  const timeMs = Date.parse(firstHeader(value) ?? '');
  return Number.isNaN(timeMs) ? null : timeMs;
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

/** Rows of a search. An empty body and `[]` both mean no match. Null = the body is neither. */
export function toRows(body: Body): readonly Row[] | null {
  if (body.kind === 'nothing') return [];
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
  return token === '' || /\s/.test(token) ? null : token;
}

/**
 * OneFile's text of a refusal, for people only. The body is JSON with any spelling of `message`, text, or
 * empty.
 */
export function toRefusalText(text: string): string {
  const body = toBody(text);
  if (body.kind === 'json' && isRow(body.value)) {
    const entry = Object.entries(body.value).find(([name]) => name.toLowerCase() === 'message');
    if (typeof entry?.[1] === 'string') return toWords(entry[1]);
  }
  return body.kind === 'nothing' || text.trimStart().startsWith('<') ? '' : toWords(text.trim());
}

/** Cuts to 500 characters; the cut may split a character, which is then removed. */
function toWords(text: string): string {
  return toKeepable(text.slice(0, 500));
}

/** Everything the client must know of a connection to OneFile. */
export type Connection = {
  readonly baseUrl: string;
  readonly centreId: string;
  /** Called where the token goes on the wire, never earlier; never logged. */
  readonly customerToken: () => string;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** Sockets kept open at most. */
  readonly connections: number;
  /** Rows asked for on a page (O5, O6). */
  readonly pageSize: number;
  readonly names: NameOverrides;
  readonly unknownVisit: 'repeat' | 'hold';
  readonly readUnitSummaries: boolean;
};

/** Opens a way to OneFile. Tests put a simulator in its place. */
export type Connect = (connection: Connection) => Transport;
