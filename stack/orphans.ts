import { endProcess, isAlive } from './pids.ts';
import { readRunDirs, readState, removeState, type StackState } from './state.ts';
import { removeRunDir } from './supervisor.ts';

/** Ends parts whose keeper is gone, for example because somebody killed it. Their identities are checked first. */
export async function endOrphans(runDir: string): Promise<boolean> {
  const state = readState(runDir);
  if (!state || isAlive(state.keeper)) return false;
  const orphans = Object.entries(state.parts).filter(([, identity]) => isAlive(identity));
  await Promise.all(
    orphans.map(([name, identity]) =>
      endProcess(identity, name === 'postgres' ? 'SIGQUIT' : 'SIGTERM', 6_000),
    ),
  );
  removeState(runDir);
  return orphans.length > 0;
}

/** Whoever starts a stack tidies up after those that died without a chance to. */
export async function sweepDiscarded(): Promise<void> {
  const isLeftOver = (state: StackState | null) => state?.isDiscarded === true && !isAlive(state.keeper);
  for (const runDir of readRunDirs()) {
    if (!isLeftOver(readState(runDir))) continue;
    await endOrphans(runDir);
    removeRunDir(runDir);
  }
}
