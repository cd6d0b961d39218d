import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveApi } from './api-call.ts';
import { serveControl } from './control/control-door.ts';
import { errorReply, type Reply } from './http/reply.ts';
import { toSegments, toTarget } from './http/routing.ts';
import type { ScriptedAction } from './scripted-rules.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import { createWorld, type World } from './world.ts';

const API_BASE = ['api', 'v2.1'];
const KEEP_ALIVE_MS = 30_000;

export interface Simulator {
  readonly baseUrl: string;
  readonly controlUrl: string;
  readonly stop: () => Promise<void>;
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = toTarget(request.url ?? '/');
  const segments = toSegments(target.path);
  if (segments[0] === '_control') return serveControl(world, request, response, target);
  if (API_BASE.every((segment, at) => segments[at]?.toLowerCase() === segment)) {
    const path = segments.slice(API_BASE.length).map(encodeURIComponent).join('/');
    return serveApi(world, request, response, { ...target, path });
  }
  request.resume();
  sendReply(response, errorReply(404, 'Route not found'), new Date(world.clock.nowMs()).toUTCString());
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

const SLOW_PIECES = 10;

/** Closes the connection without a byte. */
export function cutSocket(response: ServerResponse): void {
  response.socket?.destroy();
}

function writeHead(response: ServerResponse, reply: Reply, dateHeader: string): Buffer {
  const body = Buffer.from(reply.body, 'utf8');
  response.sendDate = false;
  response.statusCode = reply.status;
  response.setHeader('Date', dateHeader);
  if (reply.contentType !== null) response.setHeader('Content-Type', reply.contentType);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  if (reply.status !== 204 && reply.status !== 304) response.setHeader('Content-Length', body.length);
  return body;
}

export function sendReply(response: ServerResponse, reply: Reply, dateHeader: string): void {
  if (response.destroyed) return;
  response.end(writeHead(response, reply, dateHeader));
}

/** Head at once, then the body in pieces; or some bytes, a stall, and the cut. */
export async function sendSlowly(
  response: ServerResponse,
  reply: Reply,
  dateHeader: string,
  { totalMs, stallAfterBytes }: Extract<ScriptedAction, { type: 'slow-body' }>,
): Promise<void> {
  const body = writeHead(response, reply, dateHeader);
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
export function sendTruncated(
  response: ServerResponse,
  reply: Reply,
  dateHeader: string,
  bytes: number,
): void {
  const body = writeHead(response, reply, dateHeader);
  response.flushHeaders();
  response.write(body.subarray(0, bytes), () => response.socket?.destroySoon());
}
