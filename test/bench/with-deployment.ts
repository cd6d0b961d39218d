import { randomBytes } from 'node:crypto';
import { startStack } from '../../stack/start-stack.ts';
import { type Deployment, type DeployOptions, deploy } from '../support/deployment/deployment.ts';
import { say } from './report.ts';

/** Lends an installation on a stack of its own, and takes both down again. */
export async function withDeployment(
  options: Omit<DeployOptions, 'stack' | 'name' | 'onStep'>,
  use: (deployment: Deployment) => Promise<void>,
): Promise<void> {
  const name = `bench${randomBytes(3).toString('hex')}`;
  say('Starting the stack …\n');
  const stack = await startStack({ name, owner: 'this-process', discard: true, connectJit: 'throughput' });
  try {
    const onStep = (step: string): void => say(`  ${step}\n`);
    await using deployment = await deploy({ ...options, stack: stack.addresses, name, onStep });
    await use(deployment);
  } finally {
    await stack.stop();
  }
}

/** OneFile as fast as it comes: no limit on calls, the given latency. */
export const unlimited = { onefile: { callsPerMinute: 1_000_000, polling: 'off' } } as const;

export function sleepUntil(atMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));
}

export async function waitFor(
  what: string,
  isTrue: () => Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`still waiting for ${what} after ${timeoutMs} ms`);
    await sleepUntil(performance.now() + 25);
  }
}
