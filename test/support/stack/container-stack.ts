import type { FoundStack } from './find-stack.ts';

export async function startContainerStack(): Promise<FoundStack | null> {
  return null;
}
