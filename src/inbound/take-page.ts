import type { Observation } from '../core/observation.ts';
import type { PassProgress, PollEffects } from './poll-effects.ts';

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
