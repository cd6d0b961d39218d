import { toOwnerLane } from '../domain/owner.ts';
import type { Clock } from '../domain/ports.ts';
import type { Hold, NeededOwner } from '../domain/step.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { Desk } from './desk.ts';
import { type Memory, tracesOf } from './glance.ts';

/** How long an owner that could not be brought to the vendor is left alone, unless a person asks or it changes. */
const restMs = 600_000;

/**
 * Has an owner's lane looked at for a learner, and remembers for a while what is held there.
 *
 * Fifty learners who wait for one officer would else cost fifty look-ups in every run. Forgotten at a restart without
 * harm, and as soon as the owner changes.
 */
export class OwnerNeeds {
  readonly #rests = new Map<string, { readonly settled: Settled; readonly atMs: number }>();
  readonly #submit: (work: Work) => Promise<Settled>;
  readonly #clock: Pick<Clock, 'steadyMs'>;

  constructor(submit: (work: Work) => Promise<Settled>, clock: Pick<Clock, 'steadyMs'>) {
    this.#submit = submit;
    this.#clock = clock;
  }

  async need(work: Work): Promise<Settled> {
    const rest = this.#rests.get(work.ident);
    const isResting = rest !== undefined && this.#clock.steadyMs() - rest.atMs < restMs;
    if (isResting && work.priority !== 'command') return { ...rest.settled, calls: {} };
    const settled = await this.#submit(work);
    if (settled.holds.length > 0) this.#rests.set(work.ident, { settled, atMs: this.#clock.steadyMs() });
    else this.#rests.delete(work.ident);
    return settled;
  }

  changed(lane: string): void {
    this.#rests.delete(lane);
  }
}

/**
 * Has the officers and organisations that a learner needs brought to the vendor, each in its own lane (G-3).
 *
 * However many learners ask at once, one create is made; each of them gets what is held there. Null: both sides
 * are read again, and the links are there.
 */
export async function needOwners(
  desk: Pick<Desk, 'need' | 'aside' | 'tracesOfMore'>,
  memory: Memory,
  owners: readonly NeededOwner[],
): Promise<null> {
  const { need, aside } = desk;
  const traces = tracesOf(desk, memory);
  await Promise.all(
    owners.map(async ({ reads, ...key }) => {
      const lane = toOwnerLane(key);
      const { priority, txIds } = memory;
      const why = { priority, txIds, traces, committedAtMs: null };
      const work = { ident: lane, demand: 'need', reads, ...why } as const;
      const { holds, calls } = await aside(() => need(work));
      memory.needed.set(lane, holds.map(toHold));
      for (const [name, count] of Object.entries(calls))
        memory.calls[name] = (memory.calls[name] ?? 0) + count;
    }),
  );
  return null;
}

function toHold({ subject, code, params }: Hold): Hold {
  return { subject, code, params };
}
