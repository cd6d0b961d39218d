import { StackFault } from '../../../stack/fault.ts';
import { findExternalStack } from './external-stack.ts';
import { startLocalStack } from './local-stack.ts';
import type { StackProvider } from './test-stack.ts';
import type { ProvidedStack } from './use-stack.ts';

export type FoundStack = { provided: ProvidedStack; stop: () => Promise<void> };

/** Each answers null when it has nothing to offer on this machine, and throws when it should have and could not. */
const providers: Record<StackProvider, () => Promise<FoundStack | null>> = {
  external: findExternalStack,
  // Loading testcontainers takes most of a second, so it is loaded only when it is its turn.
  containers: async () => (await import('./container-stack.ts')).startContainerStack(),
  local: startLocalStack,
};

export function parseStackChoice(text: string | undefined): StackProvider[] {
  const all = Object.keys(providers) as StackProvider[];
  if (text === undefined || text === '' || text === 'auto') return all;
  const choice = all.find((name) => name === text);
  if (!choice) throw new StackFault(`STACK=${text} is unknown. Known: auto, ${all.join(', ')}.`);
  return [choice];
}

/** The first stack that can be had: addresses that were given, containers, processes of our own. */
export async function findTestStack(env: NodeJS.ProcessEnv): Promise<FoundStack> {
  const isDemanded = Boolean(env['STACK'] || env['CI']);
  const reasons: string[] = [];
  for (const name of parseStackChoice(env['STACK'])) {
    try {
      const found = await providers[name]();
      if (found) return found;
      reasons.push(`${name}: not there`);
    } catch (error) {
      if (!(error instanceof StackFault && error.kind === 'absent')) throw error;
      reasons.push(`${name}: ${error.message}`);
    }
  }
  const reason = `No stack to test with (${reasons.join('; ')}).`;
  if (isDemanded) throw new StackFault(reason);
  return { provided: { kind: 'missing', reason }, stop: async () => {} };
}
