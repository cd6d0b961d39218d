import { startStack } from '../../../stack/start-stack.ts';
import type { FoundStack } from './find-stack.ts';

/** Processes on this machine. They end with the test run, however that ends. */
export async function startLocalStack(): Promise<FoundStack> {
  const stack = await startStack({ name: `test-${process.pid}`, owner: 'this-process', discard: true });
  const { addresses, control } = stack;
  return { provided: { kind: 'found', provider: 'local', addresses, control }, stop: stack.stop };
}
