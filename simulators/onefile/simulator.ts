/*
 * The simulator as an HTTP server. It reads requests and sends answers; what a call does is decided in
 * api-call.ts, what the control door does in control/. Faults on the wire are done here: a connection is cut, a
 * body comes slowly, or stops half-way under its full length.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { abandon, arrive, type Delivery, takeUp } from './api-call.ts';
import { answerDoor } from './control/control-door.ts';
import { errorReply, headersOf, type Reply } from './http/reply.ts';
import { type Target, toSegments, toTarget } from './http/routing.ts';
import type { ScriptedAction } from './scripted-rules.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import { createWorld, type World } from './world.ts';

const API_BASE = ['api', 'v2.1'];
const KEEP_ALIVE_MS = 30_000;
const SLOW_PIECES = 10;

export interface Simulator {
  readonly baseUrl: string;
  readonly controlUrl: string;
  readonly stop: () => Promise<void>;
}

/** Starts a simulator in this process, by default on the loopback only. Port 0 takes a free one; a taken port rejects. */
export async function startSimulator(wanted: Partial<Settings> = {}): Promise<Simulator> {
  const { port, host, ...options } = { ...DEFAULT_SETTINGS, port: 0, ...wanted };
  const world = createWorld(options);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    serve(world, request, response).catch((error: unknown) => {
      // A fault of the simulator itself: seen by the caller, never silent.
      if (response.headersSent) response.destroy();
      else
        sendReply(response, errorReply(500, `Simulator fault: ${String(error)}`), new Date().toUTCString());
    });
  });
  const actualPort = await listen(server, port, host);
  const origin = `http://${host}:${actualPort}`;
  return { baseUrl: `${origin}/api/v2.1`, controlUrl: `${origin}/_control`, stop: () => close(server) };
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

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = toTarget(request.url ?? '/');
  const segments = toSegments(target.path);
  const below = (count: number): Target => {
    const path = segments.slice(count).map(encodeURIComponent).join('/');
    return { path, query: target.query };
  };
  if (segments[0] === '_control') return serveDoor(world, request, response, below(1));
  if (API_BASE.every((segment, at) => segments[at]?.toLowerCase() === segment)) {
    return serveApi(world, request, response, below(API_BASE.length));
  }
  request.resume();
  sendReply(response, errorReply(404, 'Route not found'), world.clock.nowHttpDate());
}

async function serveApi(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  const arrival = arrive(world, {
    method: request.method ?? 'GET',
    target,
    headers: request.headers,
    address: request.socket.remoteAddress ?? 'unknown',
  });
  const body = await readBody(request);
  if (body === null) return abandon(world, arrival);
  const pending = takeUp(world, arrival, body);
  if (pending.delayMs > 0) await sleep(pending.delayMs, undefined, { ref: false });
  await deliver(response, pending.finish(request.socket.destroyed));
}

async function serveDoor(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  const text = await readBody(request);
  if (text === null) return;
  const reply = answerDoor(world, { method: request.method ?? 'GET', target, body: text });
  const body = Buffer.from(JSON.stringify(reply.body), 'utf8');
  response.writeHead(reply.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
}

/** The whole body as text, or null when the client went away in the middle of it. */
function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 0 ? '' : Buffer.concat(chunks).toString('utf8')));
    request.on('error', () => resolve(null));
    request.on('close', () => resolve(null));
  });
}

async function deliver(response: ServerResponse, { reply, action, date }: Delivery): Promise<void> {
  if (response.destroyed || response.socket === null) return;
  if (reply === null) return cutSocket(response);
  if (action?.type === 'slow-body') return sendSlowly(response, reply, date, action);
  if (action?.type === 'truncate') return sendTruncated(response, reply, date, action.bytes);
  sendReply(response, reply, date);
}

/** Closes the connection without a byte. */
function cutSocket(response: ServerResponse): void {
  response.socket?.destroy();
}

function writeHead(response: ServerResponse, reply: Reply, date: string): Buffer {
  response.sendDate = false;
  response.statusCode = reply.status;
  for (const [name, value] of headersOf(reply, date)) response.setHeader(name, value);
  return Buffer.from(reply.body, 'utf8');
}

function sendReply(response: ServerResponse, reply: Reply, date: string): void {
  if (response.destroyed) return;
  response.end(writeHead(response, reply, date));
}

/** Head at once, then the body in pieces; or some bytes, a stall, and the cut. */
async function sendSlowly(
  response: ServerResponse,
  reply: Reply,
  date: string,
  { totalMs, stallAfterBytes }: Extract<ScriptedAction, { type: 'slow-body' }>,
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
    response.write(body.subarray(at * pieceBytes, (at + 1) * pieceBytes));
  }
  response.end();
}

/** Promises the whole body, sends a part of it, and cuts. */
function sendTruncated(response: ServerResponse, reply: Reply, date: string, bytes: number): void {
  const body = writeHead(response, reply, date);
  response.flushHeaders();
  response.write(body.subarray(0, bytes), () => response.socket?.destroySoon());
}
