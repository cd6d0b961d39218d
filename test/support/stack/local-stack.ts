import { startStack } from '../../../stack/start-stack.ts';
import type { FoundStack } from './find-stack.ts';

/** Processes on this machine. They end with the test run, however that ends. */
export async function startLocalStack(): Promise<FoundStack> {
  const stack = await startStack({ name: `test-${process.pid}`, owner: 'this-process', discard: true });
  const { addresses, control } = stack;
  const fromConnect = { postgres: addresses.postgres, registryV2: addresses.registryV2 };
  return {
    provided: { kind: 'found', provider: 'local', addresses, fromConnect, control },
    stop: stack.stop,
  };
}
