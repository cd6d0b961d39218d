import { randomBytes } from 'node:crypto';
import { inject, test } from 'vitest';
import type { StackAddresses } from '../../../stack/addresses.ts';
import { createPartControl } from '../../../stack/control.ts';
import { StackFault } from '../../../stack/fault.ts';
import type { ControlAddress } from '../../../stack/state.ts';
import type { SeenByConnect, StackProvider, TestStack } from './test-stack.ts';

/** What the global set-up hands to each test file. */
export type ProvidedStack =
  | {
      kind: 'found';
      provider: StackProvider;
      addresses: StackAddresses;
      fromConnect: SeenByConnect;
      control: ControlAddress | null;
    }
  | { kind: 'missing'; reason: string };

declare module 'vitest' {
  interface ProvidedContext {
    stack: ProvidedStack;
  }
}

const provided = inject('stack');

/** A test that needs a stack. Without one it is skipped, and the run says how many were. */
export const stackTest = test.skipIf(provided?.kind !== 'found');

/** A test that stops or kills parts, which only a local stack lets us do. */
export const localStackTest = test.skipIf(provided?.kind !== 'found' || provided.control === null);

/** The stack of this run. To be called inside tests and hooks. */
export function useStack(): Omit<TestStack, 'stop'> {
  if (provided?.kind !== 'found') {
    throw new StackFault(provided?.reason ?? 'The global set-up of the stack tests did not run.');
  }
  const { provider, addresses, fromConnect, control } = provided;
  return { provider, ...addresses, fromConnect, parts: control ? createPartControl(control) : null };
}

/** A name that nobody else uses, fit for topics, groups, slots, schemas and databases. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`;
}
