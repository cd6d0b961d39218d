import type { StackAddresses } from '../../../stack/addresses.ts';
import type { PartControl } from '../../../stack/control.ts';

export type StackProvider = 'external' | 'containers' | 'local';

/** A stack for tests, whoever provides it. */
export type TestStack = StackAddresses & {
  provider: StackProvider;
  /** Stops, starts and kills single parts. Only a local stack lets us do that. */
  parts: PartControl | null;
  stop: () => Promise<void>;
};
