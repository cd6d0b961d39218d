import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { findStack, startStack } from '../../stack/start-stack.ts';
import { readState, runDirOf } from '../../stack/state.ts';
import { removeRunDir } from '../../stack/supervisor.ts';
import {
  findRemains,
  launch,
  run,
  waitFor,
  waitForNothingLeft,
  waitForState,
} from '../support/stack/launcher.ts';
import { localStackTest } from '../support/stack/use-stack.ts';

// The launcher as people use it. Each test has an instance of its own, started beside the one of this run.

const timeout = 120_000;
const names: string[] = [];

function newName(): string {
  const name = `launcher-${process.pid}-${names.length}`;
  names.push(name);
  return name;
}

afterAll(async () => {
  for (const name of names) {
    await run(['down', '--name', name]);
    removeRunDir(runDirOf(name));
  }
}, timeout);

async function readStatus(name: string) {
  const { output } = await run(['status', '--json', '--name', name]);
  return JSON.parse(output) as {
    isUp: boolean;
    parts: { part: string; status: string; pid: number | null }[];
  };
}

describe('a stack that is up', () => {
  const name = newName();

  localStackTest('starts beside another one and stays when its launcher has gone', { timeout }, async () => {
    const { exitCode, output } = await run(['up', '--name', name]);
    expect(output).toContain(`The stack "${name}" is up`);
    expect(exitCode).toBe(0);
    const { isUp, parts } = await readStatus(name);
    expect(isUp).toBe(true);
    expect(parts.map(({ status }) => status)).toEqual(['ready', 'ready', 'ready', 'ready', 'ready']);
  });

  localStackTest('is found by a second up', { timeout }, async () => {
    const before = readState(runDirOf(name))!.parts;
    const { exitCode, output } = await run(['up', '--name', name]);
    expect(output).toContain(`The stack "${name}" runs already.`);
    expect(exitCode).toBe(0);
    expect(readState(runDirOf(name))!.parts).toEqual(before);
  });

  localStackTest('tells of a part that died, and a second up starts it again', { timeout }, async () => {
    process.kill(readState(runDirOf(name))!.parts.redis!.pid, 'SIGKILL');
    await waitForState(name, ({ parts }) => parts.redis === undefined);
    expect((await readStatus(name)).parts).toContainEqual(
      expect.objectContaining({ part: 'redis', status: 'died' }),
    );
    const { output } = await run(['up', '--name', name]);
    expect(output).toContain('started again: redis');
    expect((await readStatus(name)).parts).toContainEqual(
      expect.objectContaining({ part: 'redis', status: 'ready' }),
    );
  });

  localStackTest('loses its keeper and is ended by down all the same', { timeout }, async () => {
    process.kill(readState(runDirOf(name))!.keeper.pid, 'SIGKILL');
    const { exitCode, output } = await run(['down', '--name', name]);
    expect(output).toContain(`What was left of the stack "${name}" was ended.`);
    expect(exitCode).toBe(0);
    await waitForNothingLeft(name);
  });

  localStackTest(
    'comes back on the same ports with its data, and nothing is left after down',
    { timeout },
    async () => {
      const { addresses } = JSON.parse((await run(['status', '--json', '--name', name])).output) as {
        addresses: null;
      };
      expect(addresses).toBeNull();
      const first = await run(['up', '--json', '--name', name]);
      expect(first.exitCode).toBe(0);
      expect((await findStack(name))?.addresses.kafka).toEqual([
        /\d+\.\d+\.\d+\.\d+:\d+/.exec(first.output)?.[0],
      ]);
      expect((await run(['down', '--name', name])).exitCode).toBe(0);
      expect(await findRemains(name)).toEqual([]);
      expect(readState(runDirOf(name))).toBeNull();
    },
  );

  localStackTest('is removed with its data on demand', { timeout }, async () => {
    expect(existsSync(runDirOf(name))).toBe(true);
    expect((await run(['down', '--purge', '--name', name])).exitCode).toBe(0);
    expect(existsSync(runDirOf(name))).toBe(false);
  });
});

async function listenSomewhere(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

localStackTest(
  'a port in use is named in one sentence, and nothing else is left running',
  { timeout },
  async () => {
    const name = newName();
    const { server, port } = await listenSomewhere();
    try {
      const { exitCode, output } = await run(['up', '--name', name, '--ports', `connect=${port}`]);
      expect(exitCode).toBe(1);
      expect(output).toContain(
        `Port ${port}, which the stack "${name}" uses for connect, is taken by another process.`,
      );
      expect(output).not.toMatch(/^\s+at /m);
    } finally {
      server.close();
    }
    expect((await findRemains(name)).filter((remains) => remains !== 'port of connect')).toEqual([]);
    expect(readState(runDirOf(name))).toBeNull();
  },
);

localStackTest('a launcher that is killed in the middle of a start leaves nothing', { timeout }, async () => {
  const name = newName();
  const { process: launcher } = launch(['up', '--name', name]);
  const { parts } = await waitForState(name, (state) => state.parts.kafka !== undefined);
  expect(Object.keys(parts)).toContain('kafka');
  launcher.kill('SIGKILL');
  await waitForNothingLeft(name);
});

localStackTest(
  'Ctrl-C in the middle of a start leaves nothing, and returns only then',
  { timeout },
  async () => {
    const name = newName();
    const { process: launcher, ending } = launch(['up', '--name', name]);
    await waitForState(name, (state) => state.parts.kafka !== undefined);
    launcher.kill('SIGINT');
    const { exitCode, output } = await ending;
    expect(exitCode).toBe(1);
    expect(output).toContain('The start was broken off.');
    expect(await findRemains(name)).toEqual([]);
  },
);

localStackTest('a stack owned by a process ends when that process is killed', { timeout }, async () => {
  const name = newName();
  const startStack = path.join(import.meta.dirname, '..', '..', 'stack', 'start-stack.ts');
  const owner = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { startStack } from ${JSON.stringify(startStack)};
     await startStack({ name: ${JSON.stringify(name)}, owner: 'this-process', discard: true });
     setInterval(() => {}, 1000);`,
  ]);
  await waitForState(name, ({ isUp, isOwned }) => isUp && isOwned, 90_000);
  owner.kill('SIGKILL');
  await waitForNothingLeft(name);
  await waitFor('the removal of its data', () => !existsSync(runDirOf(name)) || null, 10_000);
});

/** Where the Java is that is found on the path. */
function readJavaHome(): string {
  const { stderr } = spawnSync('java', ['-XshowSettings:properties', '-version'], { encoding: 'utf8' });
  return process.env['JAVA_HOME'] || (/java\.home = (.*)/.exec(stderr)?.[1] ?? '');
}

localStackTest('a stack owned by a process ends when its keeper is killed', { timeout }, async () => {
  const name = newName();
  const stack = await startStack({ name, owner: 'this-process' });
  process.kill(readState(runDirOf(name))!.keeper.pid, 'SIGKILL');
  await waitForNothingLeft(name);
  await expect(stack.parts.status()).rejects.toThrow();
});

localStackTest('a missing Java and a missing Maven are named in one sentence each', { timeout }, async () => {
  const nowhere = { PATH: path.dirname(process.execPath), JAVA_HOME: '' };
  const withoutJava = await run(['up', '--name', newName()], nowhere);
  expect(withoutJava).toEqual({
    exitCode: 1,
    output: 'Java 17 or newer is needed and no java was found. Install a JDK or set JAVA_HOME.\n',
  });
  const cacheDir = mkdtempSync(path.join(tmpdir(), 'stack-cache-'));
  const withoutMaven = await run(['up', '--name', newName()], {
    ...nowhere,
    JAVA_HOME: readJavaHome(),
    PICS_SYNC_STACK_CACHE: cacheDir,
  });
  rmSync(cacheDir, { recursive: true });
  expect(withoutMaven.exitCode).toBe(1);
  expect(withoutMaven.output).toBe(
    'Maven is needed to download the stack and no mvn was found. Install Maven 3.6 or newer.\n',
  );
});
