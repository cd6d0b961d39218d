import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Pool } from 'undici';
import { contractOf } from '../wire/all.ts';
import type { SignedRequest, Site, SiteCredential } from '../wire/contract.ts';
import { findOriginFault } from '../wire/origin.ts';

/** The result of one HTTP request. The transport does not know which call it was or what the answer means. */
export type WireAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** Certainly nothing was sent. */
  | {
      readonly kind: 'unsent';
      readonly cause: 'name' | 'refused' | 'timeout' | 'tls';
      readonly detail: string;
    }
  /** The request may have arrived: no answer, half an answer, or too late. */
  | { readonly kind: 'lost'; readonly cause: 'timeout' | 'cut'; readonly detail: string };

export type Transport = {
  /** `timeoutMs`: for the whole call, from the first byte sent to the last byte received. */
  send(request: SignedRequest & { readonly timeoutMs: number }): Promise<WireAnswer>;
  close(): Promise<void>;
};

/** Everything the client must know of a connection to Smart Assessor. */
export type Connection = {
  readonly origin: string;
  readonly contract: string;
  readonly allowUnverifiedOrigin: string | undefined;
  readonly auth: 'basic-key' | 'token';
  readonly credential: SiteCredential;
  readonly site: Site;
  /** Calls at the same time, of this process. */
  readonly concurrency: number;
  readonly connectMs: number;
  readonly writeMs: number;
  readonly readMs: number;
  /** Writes are judged by the vendor, or withheld here, and change nothing. */
  readonly isDryRun: boolean;
};

/** Opens a way to Smart Assessor. Tests put a simulator in its place. */
export type Connect = (connection: Connection) => Transport;

/** Of a body, before and after it is unpacked. */
const longestBodyBytes = 64 * 1024 * 1024;

const unpack = promisify(gunzip);

/**
 * Sends requests over a pool of connections to one origin.
 *
 * Every request ends in one of three results: a whole answer, certainly not sent, or lost. Network errors are never
 * thrown. An error counts as not sent only if it happened before the connection was established. An answer whose body
 * does not arrive whole, is longer than `longestBodyBytes` or cannot be unpacked is lost, whatever its status says: a
 * list that was cut must never be taken for a shorter one. Redirects are answers like others, and no cookie is kept.
 *
 * Whether the origin may be called is decided before each request once more, and the path cannot lead away from it.
 */
export function createTransport(connection: Connection): Transport {
  const { origin, connectMs, concurrency } = connection;
  const longestMs = Math.max(connection.readMs, connection.writeMs);
  const pool = new Pool(origin, {
    connect: { timeout: connectMs },
    connections: concurrency,
    headersTimeout: longestMs,
    bodyTimeout: longestMs,
  });
  return {
    send: async ({ method, path, headers, body, timeoutMs }) => {
      assertAllowed(connection, path);
      const signal = AbortSignal.timeout(timeoutMs);
      let isAnswered = false;
      try {
        const sent = { ...headers, 'accept-encoding': 'gzip' };
        const response = await pool.request({ method, path, headers: sent, body, signal });
        isAnswered = true;
        const received = toHeaders(response.headers);
        const text = await readText(response.body, received['content-encoding']);
        if (text === null) return { kind: 'lost', cause: 'cut', detail: 'TOO_LARGE' };
        return { kind: 'answer', status: response.statusCode, headers: received, body: text };
      } catch (error) {
        return classifyError(error, isAnswered);
      }
    },
    close: () => pool.destroy(),
  };
}

function assertAllowed({ origin, contract, allowUnverifiedOrigin }: Connection, path: string): void {
  const fault = findOriginFault({ origin, contract: contractOf(contract), allowed: allowUnverifiedOrigin });
  const isBelow = path.startsWith('/') && !path.startsWith('//') && new URL(path, origin).origin === origin;
  if (fault !== null || !isBelow)
    throw new Error('Smart Assessor was not called: the address is not one that may be called');
}

function toHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const given = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
  );
  return Object.fromEntries(given);
}

/** The whole body as text; null when it is too long. Leaving the loop ends the connection. */
async function readText(
  body: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of body) {
    byteCount += chunk.byteLength;
    if (byteCount > longestBodyBytes) return null;
    chunks.push(chunk);
  }
  const packed = Buffer.concat(chunks);
  if (encoding?.toLowerCase() !== 'gzip') return packed.toString('utf8').replace(/^\uFEFF/, '');
  const bytes = await unpack(packed, { maxOutputLength: longestBodyBytes });
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

const unsentCauses: Readonly<Record<string, Extract<WireAnswer, { kind: 'unsent' }>['cause']>> = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EHOSTDOWN: 'refused',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  EPROTO: 'tls',
};

/** Codes of Node and OpenSSL for a certificate or a handshake that is not right. */
const tlsCode = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ALTNAME/;

function classifyError(error: unknown, isAnswered: boolean): WireAnswer {
  const { code, syscall, name } = errorFacts(error);
  if (!isAnswered) {
    const cause = unsentCauses[code] ?? (tlsCode.test(code) ? 'tls' : undefined);
    if (cause !== undefined) return { kind: 'unsent', cause, detail: code };
    if (syscall === 'connect')
      return { kind: 'unsent', cause: code === 'ETIMEDOUT' ? 'timeout' : 'refused', detail: code };
  }
  return name === 'TimeoutError'
    ? { kind: 'lost', cause: 'timeout', detail: 'TIMEOUT' }
    : { kind: 'lost', cause: code.includes('TIMEOUT') ? 'timeout' : 'cut', detail: code };
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
