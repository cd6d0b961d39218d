/*
 * What every simulator does as a program of its own: it says where it listens, stops on a signal, and explains a wrong
 * start in one sentence. Each simulator's main.test.ts runs these cases with its own names.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

interface ProgramUnderTest {
  readonly main: URL;
  /** What the names of its settings begin with: `ONEFILE_SIM`. */
  readonly prefix: string;
  /** The line that says where it listens; its group is the address that `probe` gets. */
  readonly listening: RegExp;
  /** Makes sure that it serves there. */
  readonly probe: (url: string) => Promise<void>;
  /** As the sentence about a wrong size lists them. */
  readonly sizes: string;
  /** The example in the sentence about a wrong date. */
  readonly asOf: string;
  /** What the help says beside the settings. */
  readonly credential: string;
}

/** Declares the cases; to be called once, at the top of a test file. */
export function testProgram({
  main,
  prefix,
  listening,
  probe,
  sizes,
  asOf,
  credential,
}: ProgramUnderTest): void {
  const start = (env: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const child = spawn(process.execPath, [fileURLToPath(main), ...args], {
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
  };

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'it says where it listens, serves, and stops on %s',
    async (signal) => {
      const { child, output, exit } = start({ [`${prefix}_PORT`]: '0' });
      await expect.poll(() => output.text, { timeout: 10_000 }).toMatch(/\n$/);
      const url = listening.exec(output.text)?.[1];
      if (url === undefined) throw new Error(`it says where it listens in other words: ${output.text}`);
      await probe(url);
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
    const { output, exit } = start({ [`${prefix}_PORT`]: String(port) });
    expect(await exit).toBe(1);
    expect(output.faults).toBe(
      `Port ${port} is in use; set ${prefix}_PORT to another one, or to 0 for a free one.\n`,
    );
  });

  test.each([
    ['PORT', '70000', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['SEED', '1.5', 'a whole number from 0 to 4294967295'],
    ['SIZE', 'huge', `one of ${sizes}`],
    ['AS_OF', 'yesterday', `a date such as ${asOf}`],
  ])('a bad setting is one clear sentence and exit code 1: %s=%s', async (name, value, wanted) => {
    const { output, exit } = start({ [`${prefix}_${name}`]: value });
    expect(await exit).toBe(1);
    expect(output.faults).toBe(`${prefix}_${name} must be ${wanted}, but is "${value}".\n`);
  });

  test('--help names every setting and how to sign in; another argument is refused', async () => {
    const { output, exit } = start({}, '--help');
    expect(await exit).toBe(0);
    for (const name of ['PORT', 'HOST', 'SEED', 'SIZE', 'AS_OF'])
      expect(output.text).toContain(`${prefix}_${name}`);
    expect(output.text).toContain(credential);
    const wrong = start({}, '--port');
    expect(await wrong.exit).toBe(1);
    expect(wrong.output.faults).toBe('Unknown argument --port; see --help.\n');
  });
}
