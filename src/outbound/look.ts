import type { LaneKey } from '../core/ledger.ts';
import type { Priority } from '../core/priority.ts';
import type { NextStep } from '../core/step.ts';
import { chooseStep, toLinkKey } from './choose-step.ts';
import type { Glance, Memory } from './glance.ts';
import { KnownVersions } from './known-versions.ts';
import { linkRecords } from './link-records.ts';
import type { LookParts } from './parts.ts';
import { performCall } from './perform-call.ts';
import { recordHolds } from './record-holds.ts';
import { settleOpenIntent, withdrawPlan } from './settle-open-intent.ts';
import type { Settled, Work } from './work.ts';

export type Look = (request: Omit<Work, 'priority'> & { readonly priority: Priority }) => Promise<Settled>;

/**
 * Looks at one learner until nothing is left to do: read, evaluate, do one step, record it, again.
 *
 * What it has read serves several steps, for a second or so; the ledger's compare-and-set tells when somebody else has
 * acted, and a change in PICS gets a look of its own. Killed anywhere, it is continued by whoever looks next.
 */
export function createLook<Settings, Centre>(parts: LookParts<Settings, Centre>): Look {
  const { effects, options, signal } = parts;
  const versions = new KnownVersions();
  return async (request) => {
    const memory = toMemory(request, versions.get(request.ident) ?? null);
    let known: Glance | null = null;
    for (;;) {
      signal.throwIfAborted();
      // What has arrived since goes with the steps that are still to come, instead of costing calls of its own.
      const isFresh: boolean =
        known !== null &&
        !parts.hasMore(request.ident) &&
        effects.nowMs() - known.readAtMs <= options.staleAfterMs;
      const glance: Glance | null = isFresh ? known : await readGlance(parts, memory);
      known = null;
      if (glance === null) return toSettled(memory, { kind: 'vanished', isLinked: false, holds: [] });
      memory.knownVersion = glance.lane.version;
      versions.set(request.ident, glance.lane.version);
      if (await settleOpenIntent(parts, memory, glance)) continue;
      const evaluation = effects.vendor.evaluate({
        learner: glance.learner,
        lane: glance.lane,
        settings: effects.vendor.settings,
        centre: await effects.vendor.readCentre(),
        demand: memory.demand,
        reads: memory.reads,
        nowMs: effects.nowMs(),
      });
      if (await withdrawPlan(parts, glance, evaluation)) continue;
      const choice = chooseStep(evaluation, glance.lane, memory, effects.digest);
      if (choice.step === null) {
        if (!(await recordHolds(parts, glance, choice))) continue;
        for (const { code } of evaluation.notes) effects.meter.noted(code);
        return toSettled(memory, {
          kind: 'settled',
          isLinked: glance.learnerVendorId !== null,
          holds: choice.holds,
        });
      }
      known = await perform(parts, memory, glance, choice.step);
    }
  };
}

/** Gives what is known afterwards; null when both sides are to be read again. */
async function perform<S, C>(
  parts: LookParts<S, C>,
  memory: Memory,
  glance: Glance,
  step: NextStep,
): Promise<Glance | null> {
  switch (step.kind) {
    case 'link':
      return linkRecords(parts, memory, glance, step.links);
    case 'announce':
      await parts.effects.publishLinks(step.links);
      for (const link of step.links) memory.announced.add(toLinkKey(link));
      return glance;
    case 'call':
      return performCall(parts, memory, glance, step.call);
  }
}

/**
 * Reads both sides so that PICS is not older than what the lane already acted upon.
 *
 * Between a read of PICS and a read of the lane somebody else may see a newer PICS, act, and finish; deciding from the
 * older one would send the vendor back. So the lane must still stand where it was known to stand before PICS was read,
 * or be untouched; else PICS is read again.
 */
async function readGlance<S, C>({ effects }: LookParts<S, C>, memory: Memory): Promise<Glance | null> {
  const { vendor, ledger } = effects;
  for (;;) {
    const readAtMs = effects.nowMs();
    const learner = await effects.readLearner({ ident: memory.ident, txIds: memory.txIds });
    if (learner === null) return null;
    const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident: memory.ident };
    const learnerVendorIds = vendor.toVendorIds(learner);
    const officers = learner.officers.map(({ code }) => code);
    const lane = await ledger.readLane({ ...key, officers, learnerVendorIds });
    const isUntouched = lane.version === 0 || lane.version === memory.knownVersion;
    memory.knownVersion = lane.version;
    if (!isUntouched) continue;
    const link = lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === memory.ident);
    const learnerVendorId = link?.vendorId ?? null;
    const vendorIds = learnerVendorId === null ? learnerVendorIds : [...learnerVendorIds, learnerVendorId];
    return { key, learner, lane, learnerVendorId, vendorIds, readAtMs };
  }
}

function toMemory(request: Parameters<Look>[0], knownVersion: number | null): Memory {
  const { reads = [], ...asked } = request;
  return {
    ...asked,
    knownVersion,
    reads: new Set(reads),
    announced: new Set(),
    refusedLinks: new Map(),
    attempts: new Map(),
    calls: {},
    hasReservedCall: false,
  };
}

function toSettled(memory: Memory, end: Omit<Settled, 'calls'>): Settled {
  return { ...end, calls: memory.calls };
}
