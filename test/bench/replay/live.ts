import { type BlankAim, setCertificateApplied } from '../../support/deployment/aims.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { driveOpenLoop, readAimWrites, untilWritten } from '../open-loop.ts';

export const ratePerSecond = 20;
const typedOn = '2026-02-03';

/**
 * Live changes of two calls each (read the aim, write it) at the planned times. Gives milliseconds from the planned commit in
 * PICS to OneFile's acknowledgement, one a change.
 */
export async function driveLive(deployment: Deployment, aims: readonly BlankAim[]): Promise<number[]> {
  const { oneFile } = deployment;
  const since = await oneFile.mark();
  const planned = await driveOpenLoop(aims, ratePerSecond, (aim) =>
    setCertificateApplied(deployment, aim, typedOn),
  );
  const plannedAtMs = new Map([...planned].map(([{ aimId }, atMs]) => [String(aimId), atMs]));
  await untilWritten(oneFile, [...plannedAtMs.keys()], since);
  const { writes } = await readAimWrites(oneFile, since);
  return writes.flatMap(({ aimId, acknowledgedAtMs }) => {
    const atMs = plannedAtMs.get(aimId);
    return atMs === undefined ? [] : [acknowledgedAtMs - atMs];
  });
}
