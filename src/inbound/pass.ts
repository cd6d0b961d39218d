import type { PollLearner } from '../core/poll-schedule.ts';
import type { PassMeter } from './pass-meter.ts';
import type { Lease, PassScope, PollEffects } from './poll-effects.ts';

/** A full pass in work: what its parts share. */
export type Pass = {
  readonly effects: PollEffects;
  readonly lease: Lease;
  readonly run: number;
  readonly scope: PassScope;
  readonly signal: AbortSignal;
  /** Called between learners, so that what changes often stays fresh during a long pass; tells what it cost. */
  readonly interlude: () => Promise<{ readonly pageCount: number }>;
  /** Changes once, when learners of this pass get their links. */
  people: People;
  readonly meter: PassMeter;
  readonly counts: { records: number; published: number; deleted: number; gaps: number; linked: number };
};

/** How a part of the pass ended. */
export type PassStep = 'complete' | 'fenced' | 'stopped';

export type People = {
  /** Everybody with a link, in the order in which the pass reads them. */
  readonly linked: readonly PollLearner[];
  /** Those of them whom this pass is for. */
  readonly asked: readonly PollLearner[];
  readonly askedIds: ReadonlySet<string>;
  /** The others: for them this pass is as if they were not there (OF-40). */
  readonly unaskedIds: ReadonlySet<string>;
};

export async function readPeople(effects: PollEffects, scope: PassScope): Promise<People> {
  const linked = [...(await effects.readLearners())].sort((a, b) => (a.vendorId < b.vendorId ? -1 : 1));
  const asked = scope === 'daily' ? await effects.selectDaily(linked) : linked;
  const askedIds = new Set(asked.map(({ vendorId }) => vendorId));
  const unasked = linked.map(({ vendorId }) => vendorId).filter((id) => !askedIds.has(id));
  return { linked, asked, askedIds, unaskedIds: new Set(unasked) };
}
