import { Pool } from 'undici';
import type { Route } from '../wire/routes.ts';

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
