import type { OwnerKind } from './owner.ts';

/** What a row of PICS is about. The legacy table names behind these words stay in `src/pics`. */
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
  | 'heartbeat';

export type ChangeOp = 'create' | 'update' | 'delete' | 'snapshot' | 'truncate';

/** Field values in domain names, trimmed, blank = null, dates `YYYY-MM-DD`, local times `YYYY-MM-DDTHH:MM:SS`. */
export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/**
 * One row change in PICS.
 *
 * It says that something changed and where. What to send is never read from it (D-3). `before` is null when the
 * database did not say (replica identity default): then every field may have changed.
 */
export type Change = {
  readonly entity: ChangeEntity;
  readonly op: ChangeOp;
  /** The primary key, domain names. Present for every op but truncate. */
  readonly key: Fields | null;
  readonly before: Fields | null;
  readonly after: Fields | null;
  /** Of a create: the key the row had until now; of a delete: the key it has from now on. A changed key comes as both. */
  readonly renamedFrom?: Fields;
  readonly renamedTo?: Fields;
  /** Name of the replication origin: `picsync:<vendor>:<n>` for the reconciler's own writes, null for everybody else. */
  readonly origin: string | null;
  /** 32-bit transaction id, null for snapshot rows: used to check that a read already sees this change. */
  readonly txId: number | null;
  /** Commit time by the clock of the PICS database, milliseconds. */
  readonly committedAtMs: number;
};

/** The key of a record of PICS was changed: it is the same record under another name. */
export type Renaming = {
  readonly entity: 'learner' | OwnerKind;
  readonly from: string;
  readonly to: string;
};

/** What a change event means for one vendor. Irrelevant events cost no database read. */
export type Relevance =
  /** `rule` names why nothing follows: `OF-16`, `echo`, `snapshot`. */
  | { readonly kind: 'irrelevant'; readonly rule: string }
  /** These learners may need something. */
  | {
      readonly kind: 'learners';
      readonly idents: readonly string[];
      /** What of them is to be left alone for a while, in case the user corrects it (OF-50). */
      readonly postpone?: { readonly subject: string; readonly forMs: number };
    }
  | { readonly kind: 'officer'; readonly code: string }
  | { readonly kind: 'organisation'; readonly code: string }
  /** Its links follow, then it is looked at under its new key. */
  | ({ readonly kind: 'renamed' } & Renaming);
