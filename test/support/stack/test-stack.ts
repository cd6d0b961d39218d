import type { StackAddresses } from '../../../stack/addresses.ts';
import type { PartControl } from '../../../stack/control.ts';

export type StackProvider = 'external' | 'containers' | 'local';

/** Where Connect finds what it needs: in containers it does not see what the tests see. */
export type SeenByConnect = { postgres: { host: string; port: number }; registryV2: string };

/** A stack for tests, whoever provides it. */
export type TestStack = StackAddresses & {
  provider: StackProvider;
  fromConnect: SeenByConnect;
  /** Stops, starts and kills single parts. Only a local stack lets us do that. */
  parts: PartControl | null;
  stop: () => Promise<void>;
};
