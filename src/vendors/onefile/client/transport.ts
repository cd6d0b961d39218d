import { Pool } from 'undici';
import type { LearnerDetail, OfficerDetail } from '../rules/settings.ts';
import type { NameOverrides, Route } from '../wire/names.ts';

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

/** No real answer is as long: a page of 1,000 long rows has about 4 MB. */
const longestBodyBytes = 32 * 1024 * 1024;

/**
 * Sends requests over a pool of connections.
 *
 * Every request ends in one of three results: a whole answer, certainly not sent, or unknown. Network errors
 * are never thrown. An error counts as not sent only if it happened before the connection was established; in
 * doubt the request was sent. An answer whose body does not arrive whole is unknown, whatever its status says:
 * what is missing might have shown that it does not come from OneFile. One time limit covers the wait for a
 * connection, the head and the body, and a body beyond `longestBodyBytes` is not read further.
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
      let isAnswered = false;
      try {
        const response = await pool.request({ method, path: `${base}/${path}`, headers, body, signal });
        isAnswered = true;
        const text = await readText(response.body);
        if (text === null) return { kind: 'unknown', detail: 'TOO_LARGE' };
        return {
          kind: 'answer',
          status: response.statusCode,
          body: text,
          serverTimeMs: toTimeMs(response.headers['date']),
          retryAfter: firstHeader(response.headers['retry-after']),
        };
      } catch (error) {
        return classifyError(error, isAnswered);
      }
    },
    close: () => pool.close(),
  };
}

/** The whole body as text; null when it is too long. Leaving the loop ends the connection. */
async function readText(body: AsyncIterable<Uint8Array>): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of body) {
    byteCount += chunk.byteLength;
    if (byteCount > longestBodyBytes) return null;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
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
function classifyError(error: unknown, isAnswered: boolean): WireAnswer {
  const { code, syscall, name } = errorFacts(error);
  if (!isAnswered && (neverConnected.has(code) || syscall === 'connect' || /CERT|TLS_CERT/.test(code))) {
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

export type ExchangedDetails = {
  readonly learner: readonly LearnerDetail[];
  readonly officer: readonly OfficerDetail[];
};

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
  /** Details of people that the settings exchange. Others are read with their record, and dropped at once. */
  readonly exchangedDetails: ExchangedDetails;
};

/** Opens a way to OneFile. Tests put a simulator in its place. */
export type Connect = (connection: Connection) => Transport;
