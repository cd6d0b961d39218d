import type { JsonObject } from './json.ts';
import type { OwnerKind } from './owner.ts';
import type { VendorName } from './vendor-name.ts';

/** Whether a vendor is at work, beside what the configuration allows (G-8). */
export type VendorState = {
  readonly isEnabled: boolean;
  /** What a person confirmed at the last enabling; its form is the vendor's own. */
  readonly confirmed: JsonObject;
  readonly firstEnabledAtMs: number | null;
  /** A full synchronisation is wanted since then; null = none but the daily ones. */
  readonly syncDueAtMs: number | null;
  /**
   * Since when creates are looked up before they are sent, because what was sent before is not known for certain; null =
   * it is known.
   */
  readonly cautiousSinceMs: number | null;
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
  cautiousSinceMs: null,
  changedAtMs: null,
  changedBy: null,
};

/**
 * The place of a command among all that switch a vendor: when PICS received it, and its id where two came at one moment.
 *
 * Commands run side by side and some check for long, so the order in which they end says nothing. The one with the
 * last place decides.
 */
export type SwitchPlace = { readonly atMs: number; readonly id: string };

export type Disabling = {
  readonly vendor: VendorName;
  readonly by: string;
  /** Null: no command, so it counts at once. */
  readonly asked?: SwitchPlace | null;
};

export type Enabling = {
  readonly vendor: VendorName;
  readonly confirmed?: JsonObject;
  readonly by: string;
  /** Null: no command, so it counts at once. */
  readonly asked?: SwitchPlace | null;
  /** False: nothing but the daily runs will bring both sides together. */
  readonly isSyncDue?: boolean;
};

/** Whose details PICS and a vendor exchange. */
export type DetailsOwner = 'learner' | OwnerKind;

/** Another vendor that may be at work, and whose details it writes into PICS. */
export type OtherPull = { readonly vendor: VendorName; readonly details: readonly DetailsOwner[] };

/**
 * Whether a vendor is cautious: from a rebuild of the sync database until a full synchronisation has completed. It never
 * becomes so while it is at work, so the answer no is final.
 */
export function createIsCautious(readState: () => Promise<VendorState>): () => Promise<boolean> {
  let mayBe = true;
  return async () => {
    if (mayBe) mayBe = (await readState()).cautiousSinceMs !== null;
    return mayBe;
  };
}

/** Why a vendor that is enabled does not work, as the end of a sentence. `configName`: its name in the settings. */
export function restText(code: string, configName: string): string {
  switch (code) {
    case 'configuration':
      return 'the configuration leaves it out';
    case 'moved':
      return `the address, centre or account is another one now; "${configName} enable" shows what that means`;
    case 'desktop':
      return `it is not certain that desktop synchronisation is off (${configName}.desktopSyncOff)`;
    default:
      return code;
  }
}
