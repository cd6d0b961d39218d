import { mkdirSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { StackFault } from '../fault.ts';
import { platformOf } from '../versions.ts';
import type { Part } from './part.ts';

export const redisPart: Part = {
  name: 'redis',
  after: [],
  ports: ['redis'],
  stopSignal: 'SIGTERM',
  startDeadlineMs: 15_000,
  prepare: async (plan) => {
    mkdirSync(path.join(plan.runDir, 'redis'), { recursive: true });
  },
  toCommand: (plan) => ({
    file: path.join(plan.stackDir, 'redis', findRedis(path.join(plan.stackDir, 'redis'))),
    args: [
      '--port',
      String(plan.ports.redis),
      '--bind',
      '127.0.0.1',
      // Nothing in Redis may be needed after a restart, and tests want to see just that.
      '--dir',
      path.join(plan.runDir, 'redis'),
      '--set-proc-title',
      'no',
      '--save',
      '',
      '--appendonly',
      'no',
    ],
    cwd: path.join(plan.runDir, 'redis'),
  }),
  isReady: (plan) => isRedisAnswering(plan.addresses.redis),
};

function findRedis(folder: string): string {
  const { system, processor } = platformOf(process.platform, process.arch);
  const file = readdirSync(folder).find((name) => name.endsWith(`-${system}-${processor}`));
  if (file === undefined)
    throw new StackFault(`There is no Redis for ${system} on ${processor} in ${folder}.`);
  return file;
}

/** PING needs no client. A server that asks for a password answers too. */
export function isRedisAnswering(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379) }, () => socket.write('PING\r\n'));
    const settle = (isAnswering: boolean) => {
      socket.destroy();
      resolve(isAnswering);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('data', (answer) => settle(/^(\+PONG|-NOAUTH)/.test(answer.toString())));
  });
}
