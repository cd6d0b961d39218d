import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A vendor for throughput: takes `POST /<key>` with a number, answers after a while, remembers everything in order.
 *
 * `GET /` says how many came, how many keys, and how often a key's number went back.
 */
const latencyMs = Number(process.env['BENCH_VENDOR_LATENCY_MS'] ?? 50);
let newest = new Map<string, number>();
let count = 0;
let backwards = 0;
let repeated = 0;

function take(key: string, value: number): void {
  count += 1;
  const before = newest.get(key);
  if (before !== undefined && value < before) backwards += 1;
  if (before === value) repeated += 1;
  newest.set(key, Math.max(value, before ?? value));
}

const server = createServer((request, response) => {
  if (request.method === 'GET')
    return void response.end(JSON.stringify({ count, keys: newest.size, backwards, repeated }));
  if (request.method === 'DELETE') {
    newest = new Map();
    count = 0;
    backwards = 0;
    repeated = 0;
    return void response.end();
  }
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    setTimeout(() => {
      take(request.url ?? '', Number(body));
      response.writeHead(204).end();
    }, latencyMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`bench vendor on http://127.0.0.1:${port}\n`);
});
