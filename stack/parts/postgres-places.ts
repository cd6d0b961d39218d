import { cpSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StackFault } from '../fault.ts';
import type { StackPlan } from './part.ts';

export type PostgresPlaces = { programs: string; data: string };

/** Whether a user who owns nothing may walk down to the folder. */
export function isOpenToAll(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      if ((statSync(at).mode & 0o001) === 0) return false;
    } catch {
      // What does not exist yet will be made with the usual rights.
    }
    if (at === path.dirname(at)) return true;
  }
}

/**
 * Where PostgreSQL finds its programs and keeps its data.
 *
 * Started by root it runs as somebody else, who may not be allowed into root's home. Then both are in a folder of the
 * temporary directory that root alone can change.
 */
export function findPostgresPlaces(plan: StackPlan): PostgresPlaces {
  const programs = path.join(plan.stackDir, 'postgres');
  const data = path.join(plan.runDir, 'postgres');
  if (process.getuid?.() !== 0) return { programs, data };
  return {
    programs: isOpenToAll(programs) ? programs : copyPrograms(programs, path.basename(plan.stackDir)),
    data: isOpenToAll(plan.runDir) ? data : path.join(openDir(), toFolderName(plan.runDir)),
  };
}

/** The folder that holds an instance's database outside of its run folder, or null. */
export function outsideDataDirOf(runDir: string): string | null {
  if (process.getuid?.() !== 0 || isOpenToAll(runDir)) return null;
  return path.join(openDir(), toFolderName(runDir));
}

const toFolderName = (runDir: string) => `data${runDir.replaceAll(path.sep, '-')}`;

function openDir(): string {
  const folder = path.join(tmpdir(), 'pics-sync-postgres');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { uid } = lstatSync(folder);
  if (uid !== 0 || !lstatSync(folder).isDirectory() || !isOpenToAll(folder)) {
    throw new StackFault(
      `PostgreSQL does not run as root, and ${folder} cannot be used instead. Start as an ordinary user, or from a folder that others may enter.`,
    );
  }
  return folder;
}

function copyPrograms(programs: string, name: string): string {
  const copy = path.join(openDir(), name);
  try {
    if (lstatSync(copy).isDirectory()) return copy;
  } catch {
    // Not there yet.
  }
  const part = `${copy}.${process.pid}.part`;
  rmSync(part, { recursive: true, force: true });
  cpSync(programs, part, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(part, copy);
  } catch {
    // Another start was first.
    rmSync(part, { recursive: true, force: true });
  }
  return copy;
}
