import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// The sources run as they are, so nothing else would notice a wrong type. Here a mistake fails like any other.

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a tool complains of; empty when it is content. */
function complaintsOf(tool: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [`node_modules/.bin/${tool}`, ...args],
      { cwd: root, maxBuffer: 50_000_000 },
      (error, stdout, stderr) => resolve(error === null ? '' : `${stdout}${stderr}` || error.message),
    );
  });
}

test('the types of every source fit: tsc finds nothing', async () => {
  expect(await complaintsOf('tsc', '--singleThreaded'), 'npm run types shows the same').toBe('');
});

test('the types of the page fit, which runs in a browser: tsc finds nothing', async () => {
  expect(await complaintsOf('tsc', '--singleThreaded', '-p', 'page'), 'npm run types shows the same').toBe(
    '',
  );
});

test('every source is formatted and without lint: biome finds nothing', async () => {
  expect(await complaintsOf('biome', 'check', '--colors=off'), 'npm run format puts most of it right').toBe(
    '',
  );
});
