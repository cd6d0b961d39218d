import type { HeldItem } from './ledger.ts';
import type { VendorName } from './vendor-name.ts';

export type HeldRow = HeldItem & {
  readonly centre: string;
  /** Set when a person decided to leave it: kept open so that the same request is not sent, but no longer listed. */
  readonly skippedAtMs: number | null;
  readonly closedAtMs: number | null;
  readonly how: 'released' | 'retried' | 'skipped' | null;
  readonly by: string | null;
  readonly reason: string | null;
};

/** Which held items. Without anything: all that wait for a person. */
export type HeldFilter = {
  readonly vendor?: VendorName;
  readonly ident?: string;
  readonly code?: string;
  /** `waiting`: for a person; `skipped`: left by a person; `closed`: the history. */
  readonly state?: 'waiting' | 'skipped' | 'closed';
  readonly limit?: number;
  /** Page on: items with a greater number than this one. */
  readonly afterId?: string;
};

export type Acted = { readonly vendor: VendorName; readonly ident: string; readonly subject: string };

export type Retried = Acted & Pick<HeldItem, 'code' | 'params'>;

/** Which items a person means: some by number, all with one reason, or all of some lanes. */
export type HeldChoice =
  | { readonly ids: readonly string[] }
  | { readonly vendor: VendorName; readonly code: string }
  | { readonly vendor: VendorName; readonly idents: readonly string[] };

/** Who wants items tried again. `request`: the command that asked for it; given again it lists the same items. */
export type RetryAct = { readonly by: string; readonly request?: string };

export type HeldCount = {
  readonly vendor: VendorName;
  readonly code: string;
  readonly count: number;
  readonly oldestSinceMs: number;
};
