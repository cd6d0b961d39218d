import type { TestProject } from 'vitest/node';
import { StackFault } from '../../../stack/fault.ts';
import { findTestStack } from './find-stack.ts';

/** Starts one stack for the whole run, and ends it after the last test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const { provided, stop } = await findTestStack(process.env);
    project.provide('stack', provided);
    if (provided.kind === 'missing') {
      process.stderr.write(
        `\n${provided.reason} Tests that need one are skipped, and counted as skipped.\n\n`,
      );
    }
    return stop;
  } catch (error) {
    // A sentence is enough: the trace would only point at the launcher.
    if (error instanceof StackFault) error.stack = error.message;
    throw error;
  }
}
