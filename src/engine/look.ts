import type { LaneKey, LaneQuery } from '../domain/ledger.ts';
import { fromOwnerLane } from '../domain/owner.ts';
import type { Priority } from '../domain/priority.ts';
import type { Evaluation, NextStep } from '../domain/step.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import { performCall } from './call.ts';
import { chooseStep, toAnnouncement } from './choose-step.ts';
import type { Desk } from './desk.ts';
import type { Glance, Memory, Subject } from './glance.ts';
import { settleOpenIntent, withdrawPlan } from './open-intent.ts';
import { needOwners } from './owners.ts';
import { concludeEnrolment, linkRecords, recordHolds, unlinkRecords } from './record.ts';

export type Look = (request: Omit<Work, 'priority'> & { readonly priority: Priority }) => Promise<Settled>;

/**
 * Looks at one lane until nothing is left to do: read, evaluate, do one step, record it, again.
 *
 * What it has read serves several steps, for a second or so; the ledger's compare-and-set tells when somebody else has
 * acted, and a change in PICS gets a look of its own. Killed anywhere, it is continued by whoever looks next.
 */
export function createLook(parts: Desk): Look {
  const { ports, options, signal } = parts;
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
        ports.clock.nowMs() - known.readAtMs <= options.staleAfterMs;
      const glance: Glance | null = isFresh ? known : await readGlance(parts, memory);
      known = null;
      if (glance === null) return toSettled(memory, { kind: 'vanished', isLinked: false, holds: [] });
      memory.knownVersion = glance.lane.version;
      versions.set(request.ident, glance.lane.version);
      if (await settleOpenIntent(parts, memory, glance)) continue;
      const evaluation = await evaluate(parts, memory, glance);
      if (await withdrawPlan(parts, glance, evaluation)) continue;
      const choice = chooseStep(evaluation, glance.lane, memory);
      if (choice.step === null) {
        if (!(await recordHolds(parts, glance, choice))) continue;
        for (const { code } of evaluation.notes) ports.meter.noted(ports.vendor.name, code);
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

async function evaluate({ ports }: Desk, memory: Memory, { subject, lane }: Glance): Promise<Evaluation> {
  const { vendor, clock } = ports;
  const { demand, reads, needed } = memory;
  const nowMs = clock.nowMs();
  return subject.kind === 'learner'
    ? vendor.evaluate({ learner: subject.learner, lane, demand, reads, needed, nowMs })
    : vendor.evaluateOwner({ owner: subject.owner, lane, demand, reads, nowMs });
}

/** Gives what is known afterwards; null when both sides are to be read again. */
async function perform(parts: Desk, memory: Memory, glance: Glance, step: NextStep): Promise<Glance | null> {
  switch (step.kind) {
    case 'link':
      return linkRecords(parts, memory, glance, step);
    case 'unlink':
      return unlinkRecords(parts, glance, step);
    case 'need':
      return needOwners(parts, memory, step.owners);
    case 'conclude':
      return concludeEnrolment(parts, glance);
    case 'announce':
      await parts.ports.topics.publishLinks(step.links, step.removed ?? false);
      for (const link of step.links) memory.announced.add(toAnnouncement(step, link));
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
async function readGlance({ ports }: Desk, memory: Memory): Promise<Glance | null> {
  const { vendor, ledger } = ports;
  for (;;) {
    const readAtMs = ports.clock.nowMs();
    const subject = await readSubject(ports.pics, memory);
    if (subject === null) return null;
    const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident: memory.ident };
    const about = toQuery(subject, vendor);
    const lane = await ledger.readLane({ ...key, ...about });
    const isUntouched = lane.version === 0 || lane.version === memory.knownVersion;
    memory.knownVersion = lane.version;
    if (!isUntouched) continue;
    const link = lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === memory.ident);
    const learnerVendorId = link?.vendorId ?? null;
    const { learnerVendorIds } = about;
    const vendorIds = learnerVendorId === null ? learnerVendorIds : [...learnerVendorIds, learnerVendorId];
    return { key, subject, lane, learnerVendorId, vendorIds, readAtMs };
  }
}

async function readSubject(
  { readLearner, readOwner }: Desk['ports']['pics'],
  { ident, txIds }: Memory,
): Promise<Subject | null> {
  const key = fromOwnerLane(ident);
  if (key !== null) {
    const owner = await readOwner({ key, txIds });
    return owner === null ? null : { kind: 'owner', owner };
  }
  const learner = await readLearner({ ident, txIds });
  return learner === null ? null : { kind: 'learner', learner };
}

function toQuery(
  subject: Subject,
  vendor: Pick<OpenVendor, 'vendorIdsOf'>,
): Pick<LaneQuery, 'officers' | 'organisations' | 'learnerVendorIds'> {
  if (subject.kind === 'owner') {
    const { kind, code } = subject.owner;
    const isOfficer = kind === 'officer';
    return {
      officers: isOfficer ? [code] : [],
      organisations: isOfficer ? [] : [code],
      learnerVendorIds: [],
    };
  }
  const { learner } = subject;
  return {
    officers: learner.officers.map(({ code }) => code),
    organisations: [...new Set(learner.placements.flatMap(({ organisation }) => organisation ?? []))],
    learnerVendorIds: vendor.vendorIdsOf(learner),
  };
}

function toMemory(request: Parameters<Look>[0], knownVersion: number | null): Memory {
  const { reads = [], ...asked } = request;
  return {
    ...asked,
    knownVersion,
    reads: new Set(reads),
    announced: new Set(),
    needed: new Map(),
    refusedLinks: new Map(),
    refusedReads: new Set(),
    attempts: new Map(),
    calls: {},
    hasReservedCall: false,
  };
}

function toSettled(memory: Memory, end: Omit<Settled, 'calls'>): Settled {
  return { ...end, calls: memory.calls };
}

/** Where lanes stood when this process last saw them. Bounded: whoever is forgotten is only read once more. */
class KnownVersions {
  readonly #versions = new Map<string, number>();
  readonly #limit: number;

  constructor(limit = 50_000) {
    this.#limit = limit;
  }

  get(ident: string): number | undefined {
    return this.#versions.get(ident);
  }

  set(ident: string, version: number): void {
    this.#versions.delete(ident); // so that the newest stand last
    this.#versions.set(ident, version);
    if (this.#versions.size <= this.#limit) return;
    for (const oldest of this.#versions.keys()) {
      this.#versions.delete(oldest);
      return;
    }
  }
}
