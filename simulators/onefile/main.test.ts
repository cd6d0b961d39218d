import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

function startProcess(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { text: '', faults: '' };
  child.stdout.on('data', (chunk) => {
    output.text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.faults += chunk;
  });
  return { child, output, exit: once(child, 'close').then(([code]) => code as number | null) };
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'it says where it listens, serves, and stops on %s',
  async (signal) => {
    const { child, output, exit } = startProcess({ ONEFILE_SIM_PORT: '0' });
    await expect.poll(() => output.text, { timeout: 10_000 }).toMatch(/\n$/);
    const url = /^OneFile simulator listening on (http:\/\/127\.0\.0\.1:\d+\/api\/v2\.1)\n$/.exec(
      output.text,
    )?.[1];
    const headers = { 'X-CustomerToken': 'sim-customer-1' };
    expect((await fetch(`${url}/Authentication`, { method: 'POST', headers })).status).toBe(200);
    child.kill(signal);
    expect(await exit).toBe(0);
    expect(output.faults).toBe('');
  },
);

test('a taken port is one clear sentence and exit code 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const { output, exit } = startProcess({ ONEFILE_SIM_PORT: String(port) });
  expect(await exit).toBe(1);
  expect(output.faults).toBe(
    `Port ${port} is in use; set ONEFILE_SIM_PORT to another one, or to 0 for a free one.\n`,
  );
});

test.each([
  [
    { ONEFILE_SIM_PORT: '70000' },
    'ONEFILE_SIM_PORT must be a whole number from 0 to 65535, but is "70000".\n',
  ],
  [
    { ONEFILE_SIM_SIZE: 'huge' },
    'ONEFILE_SIM_SIZE must be one of empty, small, medium, large, but is "huge".\n',
  ],
])('a bad setting is one clear sentence and exit code 1: %j', async (env, sentence) => {
  const { output, exit } = startProcess(env);
  expect(await exit).toBe(1);
  expect(output.faults).toBe(sentence);
});

test('--help names every setting', async () => {
  const { output, exit } = startProcess({}, '--help');
  expect(await exit).toBe(0);
  for (const name of ['PORT', 'SEED', 'SIZE', 'AS_OF']) expect(output.text).toContain(`ONEFILE_SIM_${name}`);
});
