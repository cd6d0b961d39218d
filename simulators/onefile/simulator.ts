import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveApi } from './calls/serve-api.ts';
import { serveControl } from './control/control-server.ts';
import { toSegments, toTarget } from './http/path.ts';
import { errorReply } from './http/reply.ts';
import { sendReply } from './http/send.ts';
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
