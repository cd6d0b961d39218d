import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseProperties } from './parts/part.ts';
import { isOpenToAll } from './parts/postgres.ts';
import { endProcess, identityOf, isAlive, type ProcessIdentity } from './processes.ts';
import {
  checkName,
  readHolder,
  readPorts,
  readState,
  type StackState,
  takeLock,
  writeState,
} from './state.ts';
import { endOrphans } from './supervisor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function startSleeper(): ProcessIdentity {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  return identityOf(child.pid!);
}

function toState(change: Partial<StackState>): StackState {
  return {
    name: 'test',
    keeper: { pid: 1, startedAt: 'never' },
    isUp: true,
    isOwned: false,
    isDiscarded: false,
    control: null,
    addresses: null,
    external: {},
    parts: {},
    ...change,
  };
}

describe('the state on disk', () => {
  test('is read as it was written', () => {
    writeState(folder, toState({ name: 'mine' }));
    expect(readState(folder)).toEqual(toState({ name: 'mine' }));
  });

  test('counts as none when it was cut off or never written', () => {
    expect(readState(folder)).toBeNull();
    writeFileSync(path.join(folder, 'state.json'), '{"name": "mi');
    expect(readState(folder)).toBeNull();
    expect(readPorts(folder)).toEqual({});
  });
});

describe('a process', () => {
  test('is told from another one that has its number now', async () => {
    const sleeper = startSleeper();
    expect(isAlive(sleeper)).toBe(true);
    expect(isAlive({ ...sleeper, startedAt: 'another life' })).toBe(false);
    await endProcess({ ...sleeper, startedAt: 'another life' }, 'SIGKILL', 100);
    expect(isAlive(sleeper)).toBe(true);
    await endProcess(sleeper, 'SIGTERM', 5_000);
    expect(isAlive(sleeper)).toBe(false);
  });
});

describe('parts whose keeper is gone', () => {
  test('are ended, and with them the state', async () => {
    const orphan = startSleeper();
    writeState(folder, toState({ parts: { redis: orphan } }));
    expect(await endOrphans(folder)).toBe(true);
    expect(isAlive(orphan)).toBe(false);
    expect(readState(folder)).toBeNull();
  });

  test('are let live when their number belongs to somebody else by now', async () => {
    const stranger = startSleeper();
    writeState(folder, toState({ parts: { redis: { ...stranger, startedAt: 'another life' } } }));
    expect(await endOrphans(folder)).toBe(false);
    expect(isAlive(stranger)).toBe(true);
    await endProcess(stranger, 'SIGKILL', 1_000);
  });

  test('are let live as long as the keeper lives', async () => {
    const part = startSleeper();
    writeState(folder, toState({ keeper: identityOf(process.pid), parts: { redis: part } }));
    expect(await endOrphans(folder)).toBe(false);
    expect(isAlive(part)).toBe(true);
    await endProcess(part, 'SIGKILL', 1_000);
  });
});

test('a lock is held by one process at a time', () => {
  const file = path.join(folder, 'lock');
  const release = takeLock(file);
  expect(takeLock(file)).toBeNull();
  expect(readHolder(file)?.pid).toBe(process.pid);
  release?.();
  expect(takeLock(file)).not.toBeNull();
});

test.each(['', 'A', 'a/b', '..', '-a', 'a'.repeat(50)])('"%s" is no name for a stack', (name) => {
  expect(() => checkName(name)).toThrow('is no name for a stack');
});

test("a folder below one that others may not enter is not open to all, and what does not exist yet doesn't matter", () => {
  // mkdtemp makes folders for their owner only.
  expect(isOpenToAll(path.join(folder, 'new', 'er'))).toBe(false);
  expect(isOpenToAll(path.join(tmpdir(), 'new', 'er'))).toBe(true);
});

test('settings are read without their comments', () => {
  expect(parseProperties('# why=so\na.b = 1\n\nc=x=y\n')).toEqual({ 'a.b': '1', c: 'x=y' });
});
