import type { JsonObject } from '../domain/json.ts';
import type { Observation } from '../domain/observation.ts';
import type {
  PassForecast,
  PassProgress,
  PassReport,
  PassSummary,
  PollCommand,
  PollPage,
  PollPlan,
  PollStore,
  ReadPage,
  ResourceRead,
} from '../domain/polling.ts';
import type { PollLearner } from '../domain/schedule.ts';

export type PollEffects = {
  readonly plans: readonly PollPlan[];
  readonly vendor: Observation['vendor'];
  readonly readPage: ReadPage;
  readonly store: PollStore;
  readonly hash: (record: JsonObject) => string;
  /** Linked learners with what is known of their activity. */
  readonly readLearners: () => Promise<readonly PollLearner[]>;
  /** Learners whose vendor id only PICS says: a look at them asks the vendor and makes the link (G-2). */
  readonly readClaimed: () => Promise<readonly Pick<PollLearner, 'ident' | 'vendorId'>[]>;
  /** Those of the learners whom the daily run is for (OF-40). */
  readonly selectDaily: <L extends Pick<PollLearner, 'ident'>>(
    learners: readonly L[],
  ) => Promise<readonly L[]>;
  /**
   * All learners of the centre have been read: links whom PICS names and the vendor showed (G-2), so that nobody has
   * to be asked for. Done again after a kill; it must not mind.
   */
  readonly afterLearners: (read: ResourceRead) => Promise<void>;
  /** All standards have been read: the list of what the vendor offers is made anew (OF-18). */
  readonly afterStandards: (read: ResourceRead) => Promise<void>;
  /** Resolves when the brokers have acknowledged. */
  readonly publish: (observations: readonly Observation[]) => Promise<void>;
  /** Hands a learner to the outbound engine after a full pass; resolves when it is settled. `isRead`: by this pass. */
  readonly submitLearner: (
    learner: Pick<PollLearner, 'ident' | 'vendorId'>,
    isRead: boolean,
  ) => Promise<void>;
  /** G-4: whether PICS takes over records of the centre's own of this entity, so that a full pass tells all of them. */
  readonly publishesAll?: (entity: string) => boolean;
  /** Hands officers and organisations to the outbound engine after a full pass, where their details are sent. */
  readonly submitOwners?: () => Promise<void>;
  readonly readForecast: (learnerCount: number) => Promise<PassForecast>;
  readonly onProgress: (report: PassReport) => void;
  /** More records are gone than a person should not see. */
  readonly holdDeletions: (entity: string, missingCount: number, limit: number) => Promise<void>;
  /** Since when a synchronisation of everybody is wanted (OF-9); null = none is. */
  readonly readSyncDue: () => Promise<number | null>;
  readonly clearSyncDue: (dueAtMs: number, summary: PassSummary) => Promise<void>;
  readonly takeCommand: () => Promise<PollCommand | null>;
  readonly answerCommand: (
    command: PollCommand,
    summary: PassSummary | 'fenced' | 'stopped',
  ) => Promise<void>;
  readonly onPaused: (reason: string | null) => void;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

export type TakePage = {
  readonly entity: string;
  readonly observations: readonly Observation[];
  readonly epoch: number;
  /** Set in a full pass: then every record of these learners is published, changed or not (G-4). */
  readonly publishAllOf: ReadonlySet<string> | null;
  /** Every record, whosever it is: of the centre's own records that PICS takes over. */
  readonly publishesAll?: boolean;
  readonly progress: { readonly resource: string; readonly value: PassProgress } | null;
};

export type TakenPage =
  | { readonly kind: 'taken'; readonly published: readonly Observation[] }
  | { readonly kind: 'fenced' };

/**
 * Takes one page over: publishes what is new or different, then keeps it as shadow together with the place.
 *
 * In this order and no other: killed in between, the page is read and published again, which is harmless. The other
 * way round a change would be lost.
 */
export async function takePage(
  { store, hash, publish }: Pick<PollEffects, 'store' | 'hash' | 'publish'>,
  { entity, observations, epoch, publishAllOf, publishesAll = false, progress }: TakePage,
): Promise<TakenPage> {
  const latest = [...new Map(observations.map((one) => [one.vendorId, one])).values()];
  const hashes =
    latest.length === 0
      ? new Map<string, string>()
      : await store.readHashes(
          entity,
          latest.map((one) => one.vendorId),
        );
  const published = latest.filter((one) => {
    const owner = one.learnerVendorId ?? (entity === 'learner' ? one.vendorId : null);
    if (publishesAll || (owner !== null && publishAllOf?.has(owner))) return true;
    return one.record === null || hashes.get(one.vendorId) !== hash(one.record);
  });
  if (published.length > 0) await publish(published);
  // Equal and without a place to keep, there is nothing to write.
  if (published.length === 0 && progress === null) return { kind: 'taken', published };
  const kept = progress === null ? published : latest;
  const recorded = await store.recordPage({ epoch, observations: kept, progress });
  return recorded === 'fenced' ? recordedFence : { kind: 'taken', published };
}

const recordedFence = { kind: 'fenced' } as const;

const firstDelayMs = 1_000;
const maxDelayMs = 60_000;
const throttledMs = 60_000;

/**
 * Reads a page, waiting as long as the vendor is away: a read may always be repeated.
 *
 * Null when the vendor refuses this very page, or when the signal came.
 */
export async function readSteadily(
  { readPage, sleep, onPaused }: Pick<PollEffects, 'readPage' | 'sleep' | 'onPaused'>,
  request: Parameters<ReadPage>[0],
  signal: AbortSignal,
): Promise<PollPage | null> {
  let isPaused = false;
  for (let delayMs = firstDelayMs; !signal.aborted; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
    const answer = await readPage(request);
    if (answer.kind === 'page' || answer.kind === 'rejected') {
      if (isPaused) onPaused(null);
      return answer.kind === 'page' ? answer : null;
    }
    if (answer.kind === 'throttled') {
      await sleep(answer.retryAfterMs ?? throttledMs, signal);
      delayMs = firstDelayMs;
      continue;
    }
    isPaused = true;
    onPaused(answer.kind);
    await sleep(delayMs, signal);
  }
  return null;
}

/**
 * Reads items one after the other and hands them on in their order, a few readings ahead of whoever takes them.
 *
 * One reading at a time would never use the calls there are at a vendor that takes longer over one than the budget's
 * own pace. A reading that fails is thrown when it is its turn; those begun after it are left to end by themselves.
 */
export async function* readAhead<T, R>(
  items: Iterable<T>,
  ahead: number,
  read: (item: T) => Promise<R>,
): AsyncGenerator<readonly [item: T, result: R]> {
  const begun: { readonly item: T; readonly result: Promise<R> }[] = [];
  for (const item of items) {
    const result = read(item);
    result.catch(() => {});
    begun.push({ item, result });
    if (begun.length < ahead) continue;
    const first = begun.shift();
    if (first !== undefined) yield [first.item, await first.result];
  }
  for (const { item, result } of begun) yield [item, await result];
}
