import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExternalParts, PartName, Ports, StackAddresses } from './addresses.ts';
import { StackFault } from './fault.ts';
import { identityOf, isAlive, type ProcessIdentity } from './processes.ts';

/** How to speak to the keeper of a stack. The token keeps other users of the machine out. */
export type ControlAddress = { url: string; token: string };

/** What a running instance leaves on disk, so that a later command finds it, or what is left of it. */
export type StackState = {
  name: string;
  keeper: ProcessIdentity;
  /** False until the start is committed: before that the instance dies with its launcher. */
  isUp: boolean;
  /** True when the instance belongs to a living process and ends with it. */
  isOwned: boolean;
  /** True when its data goes with it. */
  isDiscarded: boolean;
  control: ControlAddress | null;
  addresses: StackAddresses | null;
  external: ExternalParts;
  parts: Partial<Record<PartName, ProcessIdentity>>;
};

export function projectDir(): string {
  return path.resolve(import.meta.dirname, '..');
}

export function checkName(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) {
    throw new StackFault(`"${name}" is no name for a stack. Use small letters, digits and hyphens.`);
  }
  return name;
}

/** Data, logs and state of one instance. */
export function runDirOf(name: string): string {
  return path.join(projectDir(), '.local', 'run', checkName(name));
}

/** The folders of all instances, running or not. */
export function readRunDirs(): string[] {
  const folder = path.join(projectDir(), '.local', 'run');
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

/** Held by the keeper of an instance as long as it lives. */
export const lockFileOf = (runDir: string) => path.join(runDir, 'keeper.lock');
const stateFileOf = (runDir: string) => path.join(runDir, 'state.json');
const portsFileOf = (runDir: string) => path.join(runDir, 'ports.json');

function writeJson(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(part, file);
}

/** A file that is missing or was cut off reads as null. */
function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}

export function readState(runDir: string): StackState | null {
  return readJson<StackState>(stateFileOf(runDir));
}

export function writeState(runDir: string, state: StackState): void {
  writeJson(stateFileOf(runDir), state);
}

export function removeState(runDir: string): void {
  rmSync(stateFileOf(runDir), { force: true });
}

/** Ports outlive a stop, so that addresses noted down stay right. */
export function readPorts(runDir: string): Partial<Ports> {
  return readJson<Partial<Ports>>(portsFileOf(runDir)) ?? {};
}

export function writePorts(runDir: string, ports: Ports): void {
  writeJson(portsFileOf(runDir), ports);
}

/**
 * Takes a lock file for this process, or says that another living process has it (null).
 *
 * A file is ignored when its process is gone or when it was cut off.
 */
export function takeLock(file: string): (() => void) | null {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, JSON.stringify(identityOf(process.pid)), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (readHolder(file)) return null;
    rmSync(file, { force: true });
  }
  return null;
}

/** The living process that has the lock. */
export function readHolder(file: string): ProcessIdentity | null {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
    return isAlive(holder) ? holder : null;
  } catch {
    return null;
  }
}
