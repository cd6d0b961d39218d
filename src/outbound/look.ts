import type { LaneKey } from '../core/ledger.ts';
import type { Priority } from '../core/priority.ts';
import type { NextStep } from '../core/step.ts';
import { chooseStep } from './choose-step.ts';
import type { Glance, Memory } from './glance.ts';
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
 * Every turn starts from a fresh read, so a step that is killed anywhere is continued by whoever looks next.
 */
export function createLook<Settings, Centre>(parts: LookParts<Settings, Centre>): Look {
  const { effects, signal } = parts;
  return async (request) => {
    const memory = toMemory(request);
    for (;;) {
      signal.throwIfAborted();
      const glance = await readGlance(parts, memory);
      if (glance === null) return toSettled(memory, { kind: 'vanished', isLinked: false, holds: [] });
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
      await perform(parts, memory, glance, choice.step);
    }
  };
}

async function perform<S, C>(
  parts: LookParts<S, C>,
  memory: Memory,
  glance: Glance,
  step: NextStep,
): Promise<void> {
  switch (step.kind) {
    case 'link':
      return linkRecords(parts, memory, glance, step.links);
    case 'announce':
      await parts.effects.publishLinks(step.links);
      for (const { picsId } of step.links) memory.announced.add(picsId);
      return;
    case 'call':
      return performCall(parts, memory, glance, step.call);
  }
}

async function readGlance<S, C>({ effects }: LookParts<S, C>, memory: Memory): Promise<Glance | null> {
  const { vendor, ledger } = effects;
  const learner = await effects.readLearner({ ident: memory.ident, txIds: memory.txIds });
  if (learner === null) return null;
  const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident: memory.ident };
  const lane = await ledger.readLane({
    ...key,
    officers: learner.officers.map(({ code }) => code),
    learnerVendorIds: vendor.toVendorIds(learner),
  });
  const link = lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === memory.ident);
  return { key, learner, lane, learnerVendorId: link?.vendorId ?? null };
}

function toMemory(request: Parameters<Look>[0]): Memory {
  const { reads = [], ...asked } = request;
  return {
    ...asked,
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
