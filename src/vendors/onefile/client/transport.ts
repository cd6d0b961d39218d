import { Pool } from 'undici';
import type { NameOverrides, Route } from '../wire/names.ts';
import { isRow, type Row, toKeepable } from '../wire/values.ts';

/** What came over the wire. Which call it was and what it means is not the transport's business. */
export type WireAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      /** The server's clock, from its `Date` header. */
      readonly serverTimeMs: number | null;
      readonly retryAfter: string | null;
    }
  /** Surely nothing was sent. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** Something may have arrived: no answer, half an answer, or too late. */
  | { readonly kind: 'unknown'; readonly detail: string };

export type WireRequest = Pick<Route, 'method' | 'path'> & {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

export type Transport = {
  send(request: WireRequest): Promise<WireAnswer>;
  close(): Promise<void>;
};

export type TransportOptions = {
  /** With or without a trailing slash. */
  readonly baseUrl: string;
  readonly connectTimeoutMs: number;
  /** For the whole call, from the first byte sent to the last received (O3). */
  readonly callTimeoutMs: number;
  readonly connections: number;
};

/** Every call ends in an answer, surely unsent, or unknown; it never throws for what a network does. */
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
          retryAfter: toHeader(response.headers['retry-after']),
        };
      } catch (error) {
        // A refusal is a refusal, also when its explanation was cut off.
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

/** Only what failed before the connection stood counts as unsent. In doubt it was sent. */
function classifyError(error: unknown, status: number): WireAnswer {
  const { code, syscall, name } = toErrorFacts(error);
  if (status === 0 && (neverConnected.has(code) || syscall === 'connect' || /CERT|TLS_CERT/.test(code))) {
    return { kind: 'unreachable', detail: code };
  }
  return { kind: 'unknown', detail: name === 'TimeoutError' ? 'TIMEOUT' : code };
}

/** Several addresses tried in vain arrive as one error with the reasons inside. */
function toErrorFacts(error: unknown): { code: string; syscall: string; name: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return toErrorFacts(error.errors[0]);
  if (!(error instanceof Error)) return { code: 'CONNECTION_LOST', syscall: '', name: '' };
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  return {
    code: typeof code === 'string' ? code : 'CONNECTION_LOST',
    syscall: typeof syscall === 'string' ? syscall : '',
    name: error.name,
  };
}

function toHeader(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function toTimeMs(value: string | string[] | undefined): number | null {
  const timeMs = Date.parse(toHeader(value) ?? '');
  return Number.isNaN(timeMs) ? null : timeMs;
}

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
