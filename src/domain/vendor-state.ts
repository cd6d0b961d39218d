import type { JsonObject } from './json.ts';
import type { VendorName } from './vendor-name.ts';

/** Whether a vendor is at work, beside what the configuration allows (G-8). */
export type VendorState = {
  readonly isEnabled: boolean;
  /** What a person confirmed at the last enabling; its form is the vendor's own. */
  readonly confirmed: JsonObject;
  readonly firstEnabledAtMs: number | null;
  /** A full synchronisation is wanted since then; null = none but the daily ones. */
  readonly syncDueAtMs: number | null;
  /** When it was last enabled or disabled, and by whom. */
  readonly changedAtMs: number | null;
  readonly changedBy: string | null;
};

/** Of a vendor that was never enabled. */
export const neverEnabled: VendorState = {
  isEnabled: false,
  confirmed: {},
  firstEnabledAtMs: null,
  syncDueAtMs: null,
  changedAtMs: null,
  changedBy: null,
};

export type Enabling = {
  readonly vendor: VendorName;
  readonly confirmed?: JsonObject;
  readonly by: string;
  /** False: nothing but the daily runs will bring both sides together. */
  readonly isSyncDue?: boolean;
};
