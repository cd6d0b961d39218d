import type { SimulatorControl } from '../support/deployment/simulator-control.ts';
import { sleepUntil, waitFor } from './with-deployment.ts';

/**
 * Acts on one after the other at the planned times, whether or not those before have ended. Gives the planned times,
 * milliseconds since 1970: a clock that starts then counts also the time that a change had to wait for its turn.
 */
export async function driveOpenLoop<T>(
  list: readonly T[],
  ratePerSecond: number,
  act: (one: T) => Promise<void>,
): Promise<ReadonlyMap<T, number>> {
  const plannedAtMs = new Map<T, number>();
  const startMs = performance.now() + 100;
  const pending: Promise<void>[] = [];
  for (const [index, one] of list.entries()) {
    const atMs = startMs + (index * 1000) / ratePerSecond;
    await sleepUntil(atMs);
    plannedAtMs.set(one, performance.timeOrigin + atMs);
    pending.push(act(one));
  }
  await Promise.all(pending);
  return plannedAtMs;
}

/** A write of a qualification that OneFile has acknowledged. */
export type AimWrite = { readonly aimId: string; readonly acknowledgedAtMs: number };

export async function readAimWrites(
  oneFile: SimulatorControl,
  since: number,
): Promise<{ readonly writes: readonly AimWrite[]; readonly callCount: number }> {
  const calls = await oneFile.calls(since);
  const writes = calls
    .filter(({ method, path }) => method === 'POST' && /^LearningAim\/\d+$/.test(path))
    .map(({ path, at, durationMs }) => ({
      aimId: path.slice('LearningAim/'.length),
      acknowledgedAtMs: Date.parse(at) + durationMs,
    }));
  return { writes, callCount: calls.length };
}

/** Waits until each of these qualifications was written after the mark. */
export async function untilWritten(
  oneFile: SimulatorControl,
  aimIds: readonly string[],
  since: number,
): Promise<void> {
  await waitFor('all changes at OneFile', async () => {
    const written = new Set((await readAimWrites(oneFile, since)).writes.map(({ aimId }) => aimId));
    return aimIds.every((aimId) => written.has(aimId));
  });
}

/** The changes that only prepared a measurement are done when nothing has been asked of OneFile for two seconds. */
export async function untilQuiet(oneFile: SimulatorControl): Promise<void> {
  let seen = -1;
  await waitFor('the preparations to be done', async () => {
    const now = await oneFile.mark();
    await sleepUntil(performance.now() + 2_000);
    const isQuiet = now === seen;
    seen = now;
    return isQuiet;
  });
}
