import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isPartName, type PartName } from './addresses.ts';
import { StackFault, sentenceOf } from './fault.ts';
import type { ControlAddress } from './state.ts';
import type { PartReport, Supervisor } from './supervisor.ts';

/** Stops and starts single parts of a running stack, from any process that knows its control address. */
export type PartControl = {
  status: () => Promise<PartReport[]>;
  /** Returns when the part answers again. */
  start: (part: PartName) => Promise<void>;
  /** Returns when the process is gone. */
  stop: (part: PartName) => Promise<void>;
  restart: (part: PartName) => Promise<void>;
  /** SIGKILL. Returns when the process is gone. */
  kill: (part: PartName) => Promise<void>;
};

export function createPartControl(address: ControlAddress): PartControl {
  const order = async (verb: string, part: PartName) => {
    await callControl(address, 'POST', `/parts/${part}/${verb}`);
  };
  return {
    status: () => callControl(address, 'GET', '/status'),
    start: (part) => order('start', part),
    stop: (part) => order('stop', part),
    restart: (part) => order('restart', part),
    kill: (part) => order('kill', part),
  };
}

export async function callControl(
  { url, token }: ControlAddress,
  method: 'GET' | 'POST',
  path: string,
): Promise<PartReport[]> {
  const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });
  const answer = (await response.json()) as ControlAnswer;
  if ('fault' in answer) throw new StackFault(answer.fault);
  return answer.parts;
}

export type ControlServer = { address: ControlAddress; close: () => Promise<void> };
type ControlAnswer = { parts: PartReport[] } | { fault: string };

/** Lets other processes of the same user stop and start parts, and end the stack. */
export async function openControl(supervisor: Supervisor, onEnd: () => void): Promise<ControlServer> {
  const token = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    const answer = (status: number, body: ControlAnswer) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401, { fault: 'wrong token' });
    serve(request, supervisor, onEnd).then(
      () => answer(200, { parts: supervisor.report() }),
      (error: unknown) => answer(500, { fault: sentenceOf(error) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: { url: `http://127.0.0.1:${port}`, token },
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function serve(request: IncomingMessage, supervisor: Supervisor, onEnd: () => void): Promise<void> {
  const [, first = '', name = '', verb = ''] = (request.url ?? '').split('/');
  if (request.method === 'GET' && first === 'status') return;
  if (request.method !== 'POST') throw new Error(`${request.method} ${request.url} is unknown`);
  if (first === 'end') setImmediate(onEnd);
  else if (first === 'parts' && isPartName(name)) await serveVerb(supervisor, name, verb);
  else throw new Error(`${request.url} is unknown`);
}

async function serveVerb(supervisor: Supervisor, name: PartName, verb: string): Promise<void> {
  switch (verb) {
    case 'start':
      return supervisor.start(name);
    case 'stop':
      return supervisor.stop(name);
    case 'kill':
      return supervisor.kill(name);
    case 'restart':
      await supervisor.stop(name);
      return supervisor.start(name);
    default:
      throw new Error(`"${verb}" is no verb for a part`);
  }
}
