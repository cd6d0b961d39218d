import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScriptedAction } from '../scripted-rules.ts';
import type { Reply } from './reply.ts';

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
