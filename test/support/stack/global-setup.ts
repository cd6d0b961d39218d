import type { TestProject } from 'vitest/node';
import { StackFault } from '../../../stack/fault.ts';
import { type FoundStack, findTestStack } from './find-stack.ts';

/** What the projects of one run share. Each loads this file anew, so it cannot stand in the module. */
type Shared = { readonly found: Promise<FoundStack>; users: number };
const shared = globalThis as { [key: symbol]: Shared | undefined };
const key = Symbol.for('pics-sync.test-stack');

/** Starts one stack for the whole run, whichever projects need it, and ends it after the last test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const isFirst = shared[key] === undefined;
    const ours = shared[key] ?? { found: findTestStack(process.env), users: 0 };
    shared[key] = ours;
    ours.users += 1;
    const { provided, stop } = await ours.found;
    project.provide('stack', provided);
    if (provided.kind === 'missing' && isFirst) {
      process.stderr.write(
        `\n${provided.reason} Tests that need one are skipped, and counted as skipped.\n\n`,
      );
    }
    return async () => {
      ours.users -= 1;
      if (ours.users > 0) return;
      shared[key] = undefined;
      await stop();
    };
  } catch (error) {
    // A sentence is enough: the trace would only point at the launcher.
    if (error instanceof StackFault) error.stack = error.message;
    throw error;
  }
}
