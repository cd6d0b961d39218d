import type { JsonObject } from '../core/json.ts';
import type { Observation } from '../core/observation.ts';
import type { PollResource, ReadPage } from '../core/poll.ts';
import type { PollLearner } from '../core/poll-schedule.ts';

/** How a resource takes part. `recent`: read in every turn, learner by learner as expected, or in full passes alone. */
export type PollPlan = {
  readonly resource: PollResource;
  readonly recent: 'every-turn' | 'by-learner' | 'never';
  /** Least time between two such readings; 0 when absent. For what changes seldom. */
  readonly recentEveryMs?: number;
};

/** The right to poll one vendor. Writes of an earlier holder change nothing. */
export type Lease = { readonly epoch: number };

/** Where a reading of a resource stands. `run` names the full pass it belongs to. */
export type PassProgress = {
  readonly run: number;
  /** One complete reading in the store's count; null when records seen are not counted for deletions. */
  readonly passId: string;
  readonly cursor: string | null;
  readonly isComplete: boolean;
  /** A learner could not be read: then nothing is concluded from what was not seen. */
  readonly hasGaps: boolean;
};

export type PageRecord = {
  readonly epoch: number;
  readonly observations: readonly Observation[];
  /** Set in a full pass: the records count as seen, and the place is kept. */
  readonly progress: { readonly resource: string; readonly value: PassProgress } | null;
};

export type PassSummary = {
  readonly run: number;
  readonly learnerCount: number;
  readonly recordCount: number;
  readonly publishedCount: number;
  readonly deletedCount: number;
  /** Learners that could not be read. */
  readonly gapCount: number;
};

export type PollCommand = { readonly id: string; readonly kind: 'synchronise' };

/** What the sync database does for the poller. Everything takes the epoch: `fenced` = somebody else polls by now. */
export type PollStore = {
  acquireLease(): Promise<Lease | null>;
  renewLease(lease: Lease): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;
  /** Hash of the shadow by vendor id, for records that have one. */
  readHashes(entity: string, vendorIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Shadows (an older read never replaces a newer one) and the place, in one transaction. */
  recordPage(page: PageRecord): Promise<'recorded' | 'fenced'>;
  readProgress(resource: string): Promise<PassProgress | null>;
  beginPass(entity: string, epoch: number): Promise<string>;
  completePass(passId: string, epoch: number): Promise<'recorded' | 'fenced'>;
  /** Records with a shadow that the last two complete passes did not show, of learners that both passes read. */
  readMissing(entity: string): Promise<{
    readonly missing: readonly Pick<Observation, 'centre' | 'vendorId' | 'learnerVendorId'>[];
    readonly totalCount: number;
  }>;
  forgetShadows(entity: string, vendorIds: readonly string[], epoch: number): Promise<'recorded' | 'fenced'>;
  /** Begin of the full pass in work, and of the last one that was completed. */
  readRuns(): Promise<{ readonly open: number | null; readonly lastCompleted: number | null }>;
  recordRun(run: number, state: 'begun' | 'completed', epoch: number): Promise<'recorded' | 'fenced'>;
};

export type PollEffects = {
  readonly plans: readonly PollPlan[];
  readonly vendor: Observation['vendor'];
  readonly readPage: ReadPage;
  readonly store: PollStore;
  readonly hash: (record: JsonObject) => string;
  /** Linked learners with what is known of their activity. */
  readonly readLearners: () => Promise<readonly PollLearner[]>;
  /** Resolves when the brokers have acknowledged. */
  readonly publish: (observations: readonly Observation[]) => Promise<void>;
  /** Hands a learner to the outbound engine after a full pass; resolves when it is settled. */
  readonly submitLearner: (learner: PollLearner) => Promise<void>;
  /** More records are gone than a person should not see. */
  readonly holdDeletions: (entity: string, missingCount: number, limit: number) => Promise<void>;
  readonly takeCommand: () => Promise<PollCommand | null>;
  readonly answerCommand: (
    command: PollCommand,
    summary: PassSummary | 'fenced' | 'stopped',
  ) => Promise<void>;
  readonly onPaused: (reason: string | null) => void;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};
