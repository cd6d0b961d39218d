import type { Observation } from './observation.ts';
import type { VendorFailure } from './outcome.ts';
import type { CommandRequest } from './request.ts';
import type { Run } from './run.ts';

/** A part of the vendor that can be read as a whole or learner by learner. */
export type PollResource = {
  readonly name: string;
  readonly entity: string;
  /** `centre`: pages over everything; `learner`: one read a linked learner. */
  readonly scope: 'centre' | 'learner';
};

/** One page of a resource. `next` null = the resource is complete. Cursors are opaque to the flow. */
export type PollPage = {
  readonly kind: 'page';
  readonly observations: readonly Observation[];
  readonly next: string | null;
  /** The list was not shown whole, so that nothing follows from what it did not show (G-9). */
  readonly isPartial?: boolean;
};

/** Reads one page; every page is one or more budgeted calls. `learnerVendorId` only for scope `learner`. */
export type ReadPage = (request: {
  readonly resource: PollResource;
  readonly cursor: string | null;
  readonly learnerVendorId: string | null;
  /** `full`: everything; `recent`: what is expected to change soon, by the resource's own filter. */
  readonly extent: 'full' | 'recent';
  readonly cause: Observation['cause'];
  /** Only whether it is answered is of interest: nothing is remembered of what it shows. */
  readonly isProbe?: boolean;
}) => Promise<PollPage | VendorFailure>;

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
  /** Every page was read; what follows from the reading may be left to do. */
  readonly isRead?: boolean;
  /** A page of a list could not be read: then nothing is concluded from what was not seen. */
  readonly hasGaps: boolean;
  /** G-9: what could not be read and was left out: idents of learners, or the name of the list. */
  readonly unread?: readonly string[];
  /** How the vendor was asked (`VendorPolling.form`). */
  readonly form?: string;
  /** It was asked in another way before: then nothing is concluded from what was not seen. */
  readonly isOtherForm?: boolean;
};

export type PageRecord = {
  readonly epoch: number;
  readonly observations: readonly Observation[];
  /** Set in a full pass: the records count as seen, and the place is kept. */
  readonly progress: { readonly resource: string; readonly value: PassProgress } | null;
};

/** Whom a full pass exchanges: those of the daily run (OF-40, `dailyScope`), or all (OF-9). */
export type PassScope = 'daily' | 'all';

/** One resource, read whole in a full pass. */
export type ResourceRead = {
  readonly run: number;
  /** The reading in the store's count: what it showed carries this number. */
  readonly passId: string;
  /** False when a page was refused: then what was not seen may be there all the same. */
  readonly isWhole: boolean;
};

/** How far a full pass is. Sent when it begins, about once a minute, and never afterwards. */
export type PassReport = {
  readonly run: number;
  readonly learnersDone: number;
  readonly learnerCount: number;
  /** Pages read by this process since it began or took over: about as many calls. */
  readonly calls: number;
  readonly minutesLeft: number;
  readonly forecast: PassForecast;
};

export type PassSummary = {
  readonly run: number;
  readonly scope: PassScope;
  /** Linked learners that took part. */
  readonly learnerCount: number;
  /** Learners that PICS names and that got their link in this pass (G-2). */
  readonly linkedCount: number;
  /** Pages read by the process that ended the pass. */
  readonly callCount: number;
  readonly recordCount: number;
  readonly publishedCount: number;
  readonly deletedCount: number;
  /** Pages that could not be read. */
  readonly gapCount: number;
  /** G-9: what was left out for it, by resource and, of learners, ident: `aims 10001`. */
  readonly unread: readonly string[];
};

export type PollCommand = { readonly id: string; readonly kind: 'synchronise' };

/** Requests for a synchronisation, as the poller sees them. */
export type PassRequests = {
  /** Checks a request as it comes; one that may run says `working` in its row from then on. */
  accept(request: CommandRequest): Promise<void>;
  /** The next daily run that was asked for, for the process that polls. */
  take(): Promise<PollCommand | null>;
  /** Shows in the row of the run in work how far it is. */
  progress(report: PassReport): void;
  /** The run that was taken has ended; without a summary it goes on later, here or elsewhere. */
  conclude(command: PollCommand, end: PassSummary | 'fenced' | 'stopped'): Promise<void>;
  /** A synchronisation of all learners has ended. */
  concludeInitial(summary: PassSummary): Promise<void>;
};

/**
 * Runs, as the process that polls sees them. It works on one at a time, between its turns; a full pass is a run too, and what
 * is read of each learner in it is the poller's own matter.
 */
export type PollRunWork = {
  /** Whether a run that looks at learners one by one is in work: then a full pass waits. */
  isInWork(): Promise<boolean>;
  /** Whether one is to be worked on at all. */
  isWaited(): Promise<boolean>;
  /** Works on the next run as far as it may. `interlude`: what else is to be done meanwhile; called often. */
  work(interlude: () => Promise<unknown>, signal: AbortSignal): Promise<void>;
  /** The scope of a full pass that a person has planned and approved. */
  wantedPass(): Promise<PassScope | null>;
  /** A full pass begins, or goes on; `pass`: a number of its own. Null: a person has paused it. */
  beginPass(scope: PassScope, pass: number): Promise<Run | null>;
  /** Whether it is still to be worked on. */
  isOn(run: Run): Promise<boolean>;
  /** It has come to its end. */
  endPass(run: Run, summary: PassSummary, signal: AbortSignal): Promise<void>;
};

/** `scope` and `open` belong together: which learners the pass in work is for. */
export type PollRuns = {
  readonly open: number | null;
  readonly lastCompleted: number | null;
  readonly scope?: PassScope;
  /** G-9: what the last full passes could not read, with the number of passes in a row. */
  readonly unread?: Readonly<Record<string, number>>;
};

/** What the sync database does for the poller. Everything takes the epoch: `fenced` = another process polls by now. */
export type PollStore = {
  acquireLease(): Promise<Lease | null>;
  renewLease(lease: Lease): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;
  /** Hash of the shadow by vendor id, for records that have one and that the last complete pass did not miss. */
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
  /** Learners whom a pass left out on purpose: their records count as seen, since the pass did not ask for them. */
  keepUnasked(
    entity: string,
    learnerVendorIds: readonly string[],
    pass: { readonly passId: string; readonly epoch: number },
  ): Promise<'recorded' | 'fenced'>;
  /** Shadows as if they were just observed. */
  readObservations(entity: string, vendorIds: readonly string[]): Promise<readonly Observation[]>;
  /** Begin of the full pass in work, and of the last one that was completed. */
  readRuns(): Promise<PollRuns>;
  recordRun(
    run: number,
    state:
      | { readonly kind: 'begun'; readonly scope: PassScope }
      | { readonly kind: 'completed'; readonly unread?: PollRuns['unread'] },
    epoch: number,
  ): Promise<'recorded' | 'fenced'>;
};

/** What a full pass will cost at the vendor. */
export type PassForecast = {
  readonly calls: number;
  readonly minutes: number;
  readonly callsPerLearner: number;
};

/** Looks at what changes often take at most this share of a pass. */
export const interludeShare = 0.01;
