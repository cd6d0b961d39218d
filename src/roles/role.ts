import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { Clock, Meter, OpenCredential, Pics, Store, Topics } from '../domain/ports.ts';
import type { Tracer } from '../domain/trace.ts';
import type { OtherPull } from '../domain/vendor-state.ts';
import type { ConfiguredVendor, SharedSettings, Vendor, VendorContext } from '../vendors/vendor.ts';

export const roleNames = ['outbound', 'poller', 'reconciler', 'ops'] as const;
export type RoleName = (typeof roleNames)[number];

/** What the exchanging roles stand on: real in the product, in memory in tests. */
export type RolePorts = {
  readonly pics: Pics;
  readonly store: Store;
  readonly topics: Topics;
  readonly openCredential: OpenCredential;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly tracer: Tracer;
  readonly log: Log;
  readonly vendors: readonly Vendor[];
};

/** What a role takes from the configuration. */
export type RoleSettings = {
  readonly shared: SharedSettings;
  /** Sections of the vendors, by their name in the configuration. */
  readonly vendors: Readonly<Record<string, ConfiguredVendor>>;
  readonly outbound: {
    /** Learners looked at together. */
    readonly concurrency: number;
    readonly maxInWork: number;
    readonly maxInWorkBytes: number;
    readonly commitIntervalMs: number;
  };
  readonly runs: {
    /** Of the call budget of a vendor, above 0 up to 1. */
    readonly share: number;
    /** Learners that a run works on together. */
    readonly lanes: number;
    /** Age, since its commit in PICS, from which a change is worked on behind everything else. */
    readonly oldAfterMs: number;
  };
};

/** What the exchanging roles take from the configuration. */
export function roleSettings(config: Config): RoleSettings {
  const { nearRealTime, deletedReviews, externalIdVendor, outbound, vendors } = config;
  const { role, licences, liveLetters } = config.pics;
  return {
    shared: { nearRealTime, deletedReviews, externalIdVendor, pics: { role, licences, liveLetters } },
    vendors,
    outbound,
    runs: {
      share: config.runs.share,
      lanes: config.runs.lanes,
      oldAfterMs: config.runs.oldAfterMinutes * 60_000,
    },
  };
}

/**
 * A role: works until the signal aborts, then finishes what it holds and returns. It throws when what it stands on is
 * gone; the supervisor starts it again from the beginning.
 */
export type Role = (ports: RolePorts, settings: RoleSettings, signal: AbortSignal) => Promise<void>;

/** What a vendor is opened from. */
export type VendorPorts = Omit<RolePorts, 'topics' | 'meter' | 'tracer'>;

/** What a vendor is opened with. */
export function contextOf(
  vendor: Pick<Vendor, 'configName'>,
  { pics, store, openCredential, clock, log, vendors: all }: VendorPorts,
  { shared, vendors }: Pick<RoleSettings, 'shared' | 'vendors'>,
): VendorContext {
  const configured = vendors[vendor.configName];
  if (configured === undefined) throw new Error(`the configuration has no section ${vendor.configName}`);
  const otherPulls = all.flatMap(({ name, configName, pulledDetails }): OtherPull[] => {
    const other = configName === vendor.configName ? undefined : vendors[configName];
    return other?.kind === 'enabled' ? [{ vendor: name, details: pulledDetails(other.settings) }] : [];
  });
  return { configured, shared, otherPulls, pics, store, openCredential, clock, log };
}
