import type { Log } from '../base/log.ts';
import { hashRecord } from '../domain/digest.ts';
import type { Observation } from '../domain/observation.ts';
import type { PassProgress, PassRequests, PollRunWork, PollStore } from '../domain/polling.ts';
import type { Clock, Meter, Pics, Store, Topics } from '../domain/ports.ts';
import type { Engine } from '../engine/engine.ts';
import type { OpenVendor } from '../vendors/vendor.ts';

/** What the poller of one vendor stands on. `passes` is the vendor's side of the sync database. */
export type PollPorts = {
  readonly vendor: Pick<
    OpenVendor,
    'name' | 'title' | 'centre' | 'columns' | 'linking' | 'polling' | 'readPage'
  >;
  readonly engine: Pick<Engine, 'submit'>;
  readonly pics: Pick<Pics, 'readOwners' | 'readPersons' | 'readVendorLearners'>;
  readonly store: Pick<Store, 'held' | 'ledger' | 'links' | 'polling' | 'readUnsettledIdents' | 'vendors'>;
  readonly passes: PollStore;
  readonly topics: Pick<Topics, 'publishLinks' | 'publishObservations'>;
  readonly commands: Pick<PassRequests, 'conclude' | 'concludeInitial' | 'progress' | 'take'>;
  readonly runs: PollRunWork;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'forecast' | 'published'>;
  readonly log: Log;
  /** What else the spare budget is for, a piece a turn. */
  readonly spare?: { turn(signal: AbortSignal): Promise<void> };
};

/** Publishes what differs from what was known; resolves when the brokers have acknowledged. */
export async function publish(
  { topics, meter, vendor }: Pick<PollPorts, 'topics' | 'meter' | 'vendor'>,
  observations: readonly Observation[],
): Promise<void> {
  await topics.publishObservations(observations);
  meter.published(vendor.name, observations);
}

type TakePage = {
  readonly entity: string;
  readonly observations: readonly Observation[];
  readonly epoch: number;
  /** Set in a full pass: then every record of these learners is published, changed or not (G-4). */
  readonly publishAllOf: ReadonlySet<string> | null;
  /** Every record, whosever it is: of the centre's own records that PICS takes over. */
  readonly publishesAll?: boolean;
  readonly progress: { readonly resource: string; readonly value: PassProgress } | null;
  /** Learners that PICS names although they are not linked yet: their own records are taken whole. */
  readonly claimedIds?: ReadonlySet<string>;
  /** Read learner by learner, and only of those who are linked. */
  readonly isOfLinked?: boolean;
};

type TakenPage =
  | { readonly kind: 'taken'; readonly published: readonly Observation[] }
  | { readonly kind: 'fenced' };

/**
 * Takes one page over: publishes what is new or different, then keeps it as shadow together with the place.
 *
 * In this order and no other: killed in between, the page is read and published again, which is harmless. The other
 * way round a change would be lost.
 *
 * Of the records of a learner who is linked to none of PICS only what finding a match needs is kept, and nothing is
 * published. With the link they are read whole, by a look or by the rest of the pass that made it.
 */
export async function takePage(
  ports: Pick<PollPorts, 'passes' | 'store' | 'topics' | 'meter' | 'vendor'>,
  page: TakePage,
): Promise<TakenPage> {
  const { entity, observations, epoch, publishAllOf, publishesAll = false, progress } = page;
  const shown = [...new Map(observations.map((one) => [one.vendorId, one])).values()];
  const strangers = await findStrangers(ports, shown, page);
  const isStrange = (one: Observation): boolean => strangers.has(ownerOf(one) ?? '');
  const latest = shown.map((one) =>
    isStrange(one) && one.record !== null
      ? { ...one, record: ports.vendor.polling.toMatchRecord(one.record) }
      : one,
  );
  const hashes =
    latest.length === 0
      ? new Map<string, string>()
      : await ports.passes.readHashes(
          entity,
          latest.map((one) => one.vendorId),
        );
  const published = latest.filter((one) => {
    if (isStrange(one)) return false;
    const owner = ownerOf(one);
    if (publishesAll || (owner !== null && publishAllOf?.has(owner))) return true;
    return one.record === null || hashes.get(one.vendorId) !== hashRecord(one.record);
  });
  if (published.length > 0) await publish(ports, published);
  // Equal and without a place to keep, there is nothing to write.
  if (published.length === 0 && progress === null) return { kind: 'taken', published };
  const kept = progress === null ? published : latest;
  const recorded = await ports.passes.recordPage({ epoch, observations: kept, progress });
  return recorded === 'fenced' ? recordedFence : { kind: 'taken', published };
}

/** The learner of the vendor whose record it is; null = the centre's. */
function ownerOf({ entity, vendorId, learnerVendorId }: Observation): string | null {
  return learnerVendorId ?? (entity === 'learner' ? vendorId : null);
}

/** Learners of the vendor who are linked to none of PICS; of their own records those alone whom PICS does not name. */
async function findStrangers(
  { store, vendor }: Pick<PollPorts, 'store' | 'vendor'>,
  shown: readonly Observation[],
  { entity, claimedIds, isOfLinked = false }: TakePage,
): Promise<ReadonlySet<string>> {
  const owners = isOfLinked ? [] : shown.map(ownerOf).filter((id) => id !== null);
  const ids = [...new Set(owners)].filter((id) => entity !== 'learner' || claimedIds?.has(id) !== true);
  if (ids.length === 0) return new Set();
  const scope = { vendor: vendor.name, centre: vendor.centre, kind: 'learner' } as const;
  const linked = new Set((await store.links.readByVendorIds(scope, ids)).map(({ vendorId }) => vendorId));
  return new Set(ids.filter((id) => !linked.has(id)));
}

const recordedFence = { kind: 'fenced' } as const;

/**
 * Reads items one after the other and hands them on in their order, a few readings ahead of the consumer.
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
