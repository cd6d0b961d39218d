import { request } from 'node:http';
import type { Json } from '../../src/domain/json.ts';

export type Control = (method: string, path: string, body?: Json) => Promise<Json>;

/**
 * The simulator's control door.
 *
 * Each call has a connection of its own: while a simulated clock is driven nobody answers for seconds, and a connection
 * that is kept open meanwhile has been closed by the other side when it is used next.
 */
export function createControl(url: string): Control {
  return async (method, path, body) => {
    const { status, text } = await send(`${url}${path}`, method, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 200)}`);
    return text === '' ? null : (JSON.parse(text) as Json);
  };
}

function send(
  url: string,
  method: string,
  body: Json | undefined,
): Promise<{ status: number; text: string }> {
  const content = body === undefined ? null : Buffer.from(JSON.stringify(body));
  const headers =
    content === null ? {} : { 'content-type': 'application/json', 'content-length': content.length };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end(content ?? undefined);
  });
}
