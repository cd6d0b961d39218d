import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { BASIC } from './testing/open-simulator.ts';

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

test('it says where it listens, serves both façades, and stops', async () => {
  const { child, output, exit } = startProcess({ SMART_ASSESSOR_SIM_PORT: '0' });
  await expect.poll(() => output.text, { timeout: 10_000 }).toMatch(/\n$/);
  const line = /^Smart Assessor simulator listening on (http:\/\/127\.0\.0\.1:\d+)\/api\/v1\n$/;
  const origin = line.exec(output.text)?.[1];
  expect((await fetch(`${origin}/api/v1/ping`, { headers: BASIC })).status).toBe(204);
  expect((await fetch(`${origin}/soap/g1`, { method: 'POST', body: '' })).status).toBe(415);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(output.faults).toBe('');
});

test('a taken port is one clear sentence and exit code 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const { output, exit } = startProcess({ SMART_ASSESSOR_SIM_PORT: String(port) });
  expect(await exit).toBe(1);
  expect(output.faults).toBe(
    `Port ${port} is in use; set SMART_ASSESSOR_SIM_PORT to another one, or to 0 for a free one.\n`,
  );
});

test.each([
  [
    { SMART_ASSESSOR_SIM_PORT: '-1' },
    'SMART_ASSESSOR_SIM_PORT must be a whole number from 0 to 65535, but is "-1".\n',
  ],
  [
    { SMART_ASSESSOR_SIM_SIZE: 'medium' },
    'SMART_ASSESSOR_SIM_SIZE must be one of empty, small, large, but is "medium".\n',
  ],
  [
    { SMART_ASSESSOR_SIM_AS_OF: 'yesterday' },
    'SMART_ASSESSOR_SIM_AS_OF must be a date such as 2026-03-02T09:00:00Z, but is "yesterday".\n',
  ],
])('a bad setting is one clear sentence and exit code 1: %j', async (env, sentence) => {
  const { output, exit } = startProcess(env);
  expect(await exit).toBe(1);
  expect(output.faults).toBe(sentence);
});

test('--help names every setting and how to sign in; another argument is refused', async () => {
  const { output, exit } = startProcess({}, '--help');
  expect(await exit).toBe(0);
  for (const name of ['PORT', 'HOST', 'SEED', 'SIZE', 'AS_OF']) {
    expect(output.text).toContain(`SMART_ASSESSOR_SIM_${name}`);
  }
  expect(output.text).toContain('local-key');
  const wrong = startProcess({}, '--port');
  expect(await wrong.exit).toBe(1);
  expect(wrong.output.faults).toBe('Unknown argument --port; see --help.\n');
});
