/*
 * A simulator as an HTTP server. It reads requests and sends answers; what a call does is decided by the simulator that
 * `serve` belongs to. Faults on the wire are done here: a connection is cut, an answer does not come, a body comes
 * slowly, or stops half-way under its full length.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DoorReply } from './door.ts';
import type { WireFault } from './scripted-rules.ts';

const KEEP_ALIVE_MS = 30_000;
const SLOW_PIECES = 10;

/** A whole answer: what goes on the wire, before any fault is done to it. */
export interface Reply {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer, and what is done to it on the wire. Without a reply the connection is cut before the first byte. */
export interface Delivery {
  readonly reply: Reply | null;
  readonly action: WireFault | null;
  /** The simulator's clock, for the `Date` header. */
  readonly date: string;
}

export interface RunningServer {
  readonly origin: string;
  readonly stop: () => Promise<void>;
}

interface ServerOptions {
  readonly port: number;
  readonly host: string;
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** The answer to a fault of the simulator itself: seen by the caller, never silent. */
  readonly explainFault: (error: unknown) => Reply;
}

/** Port 0 takes a free one; a taken port rejects. */
export async function startServer({
  port,
  host,
  serve,
  explainFault,
}: ServerOptions): Promise<RunningServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendReply(response, explainFault(error), new Date().toUTCString());
    });
  });
  const actualPort = await listen(server, port, host);
  return { origin: `http://${host}:${actualPort}`, stop: () => close(server) };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The whole body as text, or null when the client went away in the middle of it. */
export function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 0 ? '' : Buffer.concat(chunks).toString('utf8')));
    request.on('error', () => resolve(null));
    request.on('close', () => resolve(null));
  });
}

/** The head of an answer, in the order in which it goes out. */
export function headersOf(reply: Reply, date: string): [name: string, value: string][] {
  const headers: [string, string][] = [['Date', date]];
  if (reply.contentType !== null) headers.push(['Content-Type', reply.contentType]);
  headers.push(...Object.entries(reply.headers ?? {}));
  if (reply.status !== 204 && reply.status !== 304)
    headers.push(['Content-Length', String(Buffer.byteLength(reply.body))]);
  return headers;
}

export async function deliver(response: ServerResponse, { reply, action, date }: Delivery): Promise<void> {
  if (response.destroyed) return;
  if (action?.type === 'hang' || action?.type === 'apply-then-hang') return hang(response, action.holdMs);
  if (reply === null) return cutSocket(response);
  if (action?.type === 'slow-body') return sendSlowly(response, reply, date, action);
  if (action?.type === 'truncate') return sendTruncated(response, reply, date, action.bytes);
  sendReply(response, reply, date);
}

export function sendReply(response: ServerResponse, reply: Reply, date: string): void {
  if (response.destroyed) return;
  response.end(writeHead(response, reply, date));
}

export function sendDoorReply(response: ServerResponse, reply: DoorReply): void {
  const body = Buffer.from(JSON.stringify(reply.body), 'utf8');
  response.writeHead(reply.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
}

/** No byte until the client gives up; at the latest after `holdMs` the connection is cut. */
async function hang(response: ServerResponse, holdMs: number): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await sleep(holdMs, undefined, { ref: false, signal: gone.signal }).catch(() => undefined);
  cutSocket(response);
}

/** Closes the connection without a byte. The answer to a call that came early has no socket of its own yet. */
function cutSocket(response: ServerResponse): void {
  response.req.socket.destroy();
}

function writeHead(response: ServerResponse, reply: Reply, date: string): Buffer {
  response.sendDate = false;
  response.statusCode = reply.status;
  for (const [name, value] of headersOf(reply, date)) response.setHeader(name, value);
  return Buffer.from(reply.body, 'utf8');
}

/** Head at once, then the body in pieces; or some bytes, a stall, and the cut. */
async function sendSlowly(
  response: ServerResponse,
  reply: Reply,
  date: string,
  { totalMs, stallAfterBytes }: Extract<WireFault, { type: 'slow-body' }>,
): Promise<void> {
  const body = writeHead(response, reply, date);
  response.flushHeaders();
  if (stallAfterBytes !== null) {
    response.write(body.subarray(0, stallAfterBytes));
    await sleep(totalMs, undefined, { ref: false });
    return cutSocket(response);
  }
  const pieceBytes = Math.max(1, Math.ceil(body.length / SLOW_PIECES));
  for (let at = 0; at < SLOW_PIECES; at += 1) {
    await sleep(totalMs / SLOW_PIECES, undefined, { ref: false });
    if (response.destroyed) return;
    const piece = body.subarray(at * pieceBytes, (at + 1) * pieceBytes);
    if (piece.length > 0) response.write(piece);
  }
  response.end();
}

/** Promises the whole body, sends a part of it, and cuts. */
function sendTruncated(response: ServerResponse, reply: Reply, date: string, bytes: number): void {
  const body = writeHead(response, reply, date);
  response.flushHeaders();
  response.write(body.subarray(0, bytes), () => response.req.socket.destroySoon());
}
