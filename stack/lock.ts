import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, type ProcessIdentity, toIdentity } from './pids.ts';

/**
 * Takes a lock file for this process, or says that another living process has it (null).
 *
 * A file whose process is gone, or that was cut off, counts for nothing.
 */
export function takeLock(file: string): (() => void) | null {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, JSON.stringify(toIdentity(process.pid)), { flag: 'wx' });
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
