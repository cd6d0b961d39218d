import type { OwnerKind } from './owner.ts';

/** The subject of a PICS row. The legacy table names for these words stay in `src/pics`. */
export type ChangeEntity =
  | 'learner'
  | 'episode'
  | 'learner-details'
  | 'officer'
  | 'organisation'
  | 'placement'
  | 'qualification'
  | 'review'
  | 'request'
  | 'heartbeat'
  | 'canary';

export type ChangeOp = 'create' | 'update' | 'delete' | 'snapshot' | 'truncate';

/**
 * Field values under domain names: trimmed, blank = null, dates `YYYY-MM-DD`, local times
 * `YYYY-MM-DDTHH:MM:SS`.
 */
export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/**
 * One row change in PICS.
 *
 * It shows which row changed. What is sent is never taken from it (D-3). `before` is null when the database
 * did not report the old row (replica identity default): then every field may have changed.
 */
export type Change = {
  readonly entity: ChangeEntity;
  readonly op: ChangeOp;
  /** The primary key, domain names. Present for every op but truncate. */
  readonly key: Fields | null;
  readonly before: Fields | null;
  readonly after: Fields | null;
  /**
   * A changed key arrives as a delete and a create. `renamedFrom`: on the create, the old key. `renamedTo`:
   * on the delete, the new key.
   */
  readonly renamedFrom?: Fields;
  readonly renamedTo?: Fields;
  /**
   * Replication origin: `picsync:<vendor>:<n>` for the reconciler's own writes, null for all other writes.
   */
  readonly origin: string | null;
  /** 32-bit transaction id, null for snapshot rows: used to check that a read already sees this change. */
  readonly txId: number | null;
  /** Commit time by the clock of the PICS database, milliseconds. */
  readonly committedAtMs: number;
};

/** The key of a PICS record was changed: the same record under a new key. */
export type Renaming = {
  readonly entity: 'learner' | OwnerKind;
  readonly from: string;
  readonly to: string;
};

/** What decides where the links of a changed key go, when events come late, again, or in another order. */
export type RenamingFacts = {
  /** When the key was changed, by the clock of PICS, milliseconds. */
  readonly committedAtMs: number;
  /** Whether PICS has a record under the old key now, and under the new one. */
  readonly isFromThere: boolean;
  readonly isToThere: boolean;
};

/** The meaning of a change event for one vendor. Irrelevant events cost no database read. */
export type Relevance =
  /** `rule` says why nothing follows: `OF-16`, `echo`, `snapshot`. */
  | { readonly kind: 'irrelevant'; readonly rule: string }
  /** These learners may need something. */
  | {
      readonly kind: 'learners';
      readonly idents: readonly string[];
      /** A record that is left alone for a while, in case the user corrects it (OF-50). */
      readonly postpone?: { readonly subject: string; readonly forMs: number };
    }
  | { readonly kind: 'officer'; readonly code: string }
  | { readonly kind: 'organisation'; readonly code: string }
  /** Its links move to the new key, then it is evaluated under that key. */
  | ({ readonly kind: 'renamed' } & Renaming);

/**
 * A read of PICS did not see these transactions within the time that it may take.
 *
 * An event can come before its transaction is visible: on a standby that lags, or while a synchronous standby is
 * away. After a restore of PICS to an earlier time it never becomes visible.
 */
export class UnseenTransactions extends Error {
  override readonly name = 'UnseenTransactions';
  readonly txIds: readonly number[];

  constructor(txIds: readonly number[]) {
    super('PICS does not show the transaction of a change event yet');
    this.txIds = txIds;
  }
}

/** Reads PICS as it is where transactions stay invisible, and says which. */
export async function readDespiteUnseen<T>(
  read: (txIds: readonly number[]) => Promise<T>,
  txIds: readonly number[],
): Promise<{ readonly value: T; readonly unseen: readonly number[] }> {
  try {
    return { value: await read(txIds), unseen: [] };
  } catch (error) {
    if (!(error instanceof UnseenTransactions)) throw error;
    return { value: await read([]), unseen: error.txIds };
  }
}
