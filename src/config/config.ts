import type { Secret } from '../base/secret.ts';
import type { ConfigFault } from './config-fault.ts';
import type { CommonSettings } from './schema.ts';
import type { VendorSections } from './vendor-sections.ts';

/** The whole configuration of an installation, checked. Secrets show themselves only when asked. */
export type Config = Omit<CommonSettings, 'store' | 'connector' | 'externalIdVendor'> & {
  readonly store: { readonly url: Secret } & Pick<CommonSettings['store'], 'poolSize' | 'keepDays'>;
  readonly connector: CommonSettings['connector'] & {
    /** As Kafka Connect sees them. */
    readonly host: string;
    readonly port: number;
    readonly registryUrl: string;
  };
  /** The vendor that owns the external-id columns (D-2); null when no vendor is enabled. */
  readonly externalIdVendor: 'onefile' | 'smartassessor' | null;
  readonly vendors: VendorSections;
  /** What is odd but stops nothing. */
  readonly warnings: readonly string[];
};

/** `config` may hold vendors that are `faulty`: only they are stopped. */
export type ConfigRead =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'faults'; readonly faults: readonly ConfigFault[] };
