import { toOwnerLane } from '../core/owner.ts';
import type { NeededOwner } from '../core/step.ts';
import type { Memory } from './glance.ts';
import type { LookParts } from './parts.ts';

/**
 * Has the officers and organisations that a learner needs brought to the vendor, each in its own lane (G-3).
 *
 * However many learners ask at once, one create is made; what is held there is told to each of them. Null: both sides
 * are read again, and the links are there.
 */
export async function needOwners<S, C>(
  { submit }: Pick<LookParts<S, C>, 'submit'>,
  memory: Memory,
  owners: readonly NeededOwner[],
): Promise<null> {
  await Promise.all(
    owners.map(async ({ reads, ...key }) => {
      const lane = toOwnerLane(key);
      const { priority, txIds } = memory;
      const settled = await submit({
        ...{ ident: lane, demand: 'need', priority, txIds, reads },
        committedAtMs: null,
      });
      memory.needed.set(lane, settled.holds);
      for (const [name, count] of Object.entries(settled.calls))
        memory.calls[name] = (memory.calls[name] ?? 0) + count;
    }),
  );
  return null;
}
