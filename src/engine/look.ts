import { readDespiteUnseen } from '../domain/change.ts';
import { driftCode } from '../domain/difference.ts';
import { digestOf } from '../domain/digest.ts';
import type { LaneKey } from '../domain/ledger.ts';
import { fromOwnerLane } from '../domain/owner.ts';
import type { Priority } from '../domain/priority.ts';
import type { Evaluation, NextStep } from '../domain/step.ts';
import { tracePart } from '../domain/trace.ts';
import type { Settled, Work } from '../domain/work.ts';
import { performCall } from './call.ts';
import { mayCreate } from './caution.ts';
import { chooseStep, toAnnouncement } from './choose-step.ts';
import type { Desk } from './desk.ts';
import { type Glance, type Memory, type Subject, toLaneQuery, toOwnClock, tracesOf } from './glance.ts';
import { settleOpenIntent, withdrawPlan } from './open-intent.ts';
import { needOwners } from './owners.ts';
import { concludeEnrolment, followRecord, linkRecords, recordFindings, unlinkRecords } from './record.ts';
import { asVendor } from './unexpected.ts';

export type Look = (request: Omit<Work, 'priority'> & { readonly priority: Priority }) => Promise<Settled>;

/**
 * Looks at one lane until nothing is left to do: read, evaluate, do one step, record it, again.
 *
 * What it has read serves several steps, for a second or so; the ledger's compare-and-set shows when another process has
 * acted, and a change in PICS gets a look of its own. Killed anywhere, it is continued by the next look.
 *
 * A call that rests on reads is made only while one of them is fresh (D-1): PICS has not changed since that read was
 * begun, and its answer is a moment old. Else the reads are forgotten, and the rules ask for them again.
 */
export function createLook(parts: Desk): Look {
  const { ports, options, signal } = parts;
  const versions = new KnownVersions();
  return async (request) => {
    const memory = toMemory(request, versions.get(request.ident) ?? null, parts);
    let known: Glance | null = null;
    let subject: Subject | null = null;
    for (;;) {
      signal.throwIfAborted();
      const fromMs = ports.clock.nowMs();
      // What has arrived since goes with the steps that are still to come, instead of costing calls of its own.
      const isFresh: boolean =
        known !== null &&
        !parts.hasMore(request.ident) &&
        ports.clock.steadyMs() - known.readAtMs <= options.staleAfterMs;
      const glance: Glance | null = isFresh ? known : await readGlance(parts, memory);
      known = null;
      if (glance === null) return toSettled(memory, { kind: 'vanished', isLinked: false, holds: [] });
      if (subject !== null && !isSame(subject, glance.subject)) memory.changedAtMs = glance.readAtMs;
      subject = glance.subject;
      memory.knownVersion = glance.lane.version;
      versions.set(request.ident, glance.lane.version);
      if (await settleOpenIntent(parts, memory, glance)) continue;
      const evaluation = await evaluate(parts, memory, glance);
      if (await withdrawPlan(parts, glance, evaluation)) continue;
      const choice = chooseStep(evaluation, glance.lane, memory);
      tracePart(tracesOf(parts, memory), {
        name: 'decide',
        fromMs,
        untilMs: ports.clock.nowMs(),
        fields: { ident: request.ident, step: choice.step === null ? null : nameOf(choice.step) },
      });
      if (choice.step === null) {
        if (!(await recordFindings(parts, glance, choice, evaluation))) continue;
        for (const { code } of evaluation.notes) ports.meter.noted(ports.vendor.name, code);
        return toSettled(memory, {
          kind: 'settled',
          isLinked: glance.learnerVendorId !== null,
          // What an audit has held is no end of this look, which exchanges it.
          holds: choice.holds.filter(({ code }) => code !== driftCode),
        });
      }
      if (forgetStaleReads(parts, memory, choice.step)) {
        known = glance;
        continue;
      }
      known = await perform(parts, memory, glance, choice.step);
    }
  };
}

function nameOf(step: NextStep): string {
  return step.kind === 'call' ? step.call.name : step.kind;
}

/** Whether PICS was not read again, or had not changed. */
function isSame(before: Subject, now: Subject): boolean {
  return before === now || digestOf(before) === digestOf(now);
}

async function evaluate({ ports }: Desk, memory: Memory, { subject, lane }: Glance): Promise<Evaluation> {
  const { vendor, clock } = ports;
  const { demand, needed } = memory;
  const reads: ReadonlySet<string> = new Set(memory.reads.keys());
  const nowMs = clock.nowMs();
  return asVendor(async () =>
    subject.kind === 'learner'
      ? vendor.evaluate({ learner: subject.learner, lane, demand, reads, needed, nowMs })
      : vendor.evaluateOwner({ owner: subject.owner, lane, demand, reads, nowMs }),
  );
}

/** True when all reads that the call rests on are too old now: they are to be made again first. */
function forgetStaleReads({ ports }: Desk, memory: Memory, step: NextStep): boolean {
  const restsOn = step.kind === 'call' ? (step.call.restsOn ?? []) : [];
  const made = restsOn.flatMap((key) => memory.reads.get(key) ?? []);
  const current = made.filter(({ begunAtMs }) => begunAtMs >= memory.changedAtMs);
  const nowMs = ports.clock.steadyMs();
  if (made.length === 0 || current.some(({ endedAtMs }) => nowMs - endedAtMs <= memory.freshForMs))
    return false;
  for (const key of restsOn) memory.reads.delete(key);
  if (current.length > 0) memory.freshForMs *= 2;
  return true;
}

/** Gives what is known afterwards; null when both sides are to be read again. */
async function perform(parts: Desk, memory: Memory, glance: Glance, step: NextStep): Promise<Glance | null> {
  switch (step.kind) {
    case 'link':
      return linkRecords(parts, memory, glance, step);
    case 'unlink':
      return unlinkRecords(parts, glance, step);
    case 'follow':
      return followRecord(parts, glance, step);
    case 'need':
      return needOwners(parts, memory, step.owners);
    case 'conclude':
      return concludeEnrolment(parts, glance);
    case 'announce':
      await parts.ports.topics.publishLinks(step.links, step.removed ?? false);
      for (const link of step.links) memory.announced.add(toAnnouncement(step, link));
      return glance;
    case 'call': {
      const { call } = step;
      const isToLookUp = call.effect === 'create' && (await parts.isCautious());
      if (isToLookUp && !(await mayCreate(parts, memory, glance, call))) return null;
      return performCall(parts, memory, glance, call);
    }
  }
}

/**
 * Reads both sides so that PICS is not older than what the lane already acted upon.
 *
 * Between a read of PICS and a read of the lane another process may see a newer PICS, act, and finish; deciding from the
 * older one would send the vendor back. So the lane must still stand where it was known to stand before PICS was read,
 * or be untouched; else PICS is read again.
 */
async function readGlance({ ports }: Desk, memory: Memory): Promise<Glance | null> {
  const { vendor, ledger, clock } = ports;
  for (;;) {
    const readAtMs = clock.steadyMs();
    const subject = await readSubject(ports, memory);
    if (subject === null) return null;
    const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident: memory.ident };
    const about = toLaneQuery(subject, vendor);
    const lane = toOwnClock(await ledger.readLane({ ...key, ...about }), clock.nowMs());
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

/** How long a learner is left alone at first whose transaction PICS does not show. */
const unseenForMs = 10_000;

/**
 * Reads the learner or owner so that the transactions of the events are in it.
 *
 * Where PICS does not show one in time, it is read as it is, and a later look is noted in the store that must see it:
 * nothing is lost, and nothing but this lane waits (D-3).
 */
async function readSubject(
  { pics, postponed, vendor }: Desk['ports'],
  memory: Memory,
): Promise<Subject | null> {
  const { ident } = memory;
  const key = fromOwnerLane(ident);
  const read = async (txIds: readonly number[]): Promise<Subject | null> => {
    if (key !== null) {
      const owner = await pics.readOwner({ key, txIds });
      return owner === null ? null : { kind: 'owner', owner };
    }
    const learner = await pics.readLearner({ ident, txIds });
    return learner === null ? null : { kind: 'learner', learner };
  };
  const { value, unseen } = await readDespiteUnseen(read, memory.txIds);
  if (unseen.length === 0) return value;
  for (const txId of unseen)
    await postponed.add({
      vendor: vendor.name,
      ident,
      subject: `transaction:${txId}`,
      txId,
      forMs: unseenForMs,
    });
  memory.txIds = memory.txIds.filter((txId) => !unseen.includes(txId));
  return value;
}

function toMemory(
  request: Parameters<Look>[0],
  knownVersion: number | null,
  { ports, options }: Desk,
): Memory {
  const { reads = [], traces = [], ...asked } = request;
  const nowMs = ports.clock.steadyMs();
  return {
    ...asked,
    traces,
    knownVersion,
    reads: new Map(reads.map((key) => [key, { begunAtMs: nowMs, endedAtMs: nowMs }])),
    changedAtMs: Number.NEGATIVE_INFINITY,
    freshForMs: options.freshForMs,
    absences: new Map(),
    lookedUp: new Set(),
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

/** Where lanes stood when this process last saw them. Bounded: a learner that is forgotten is only read once more. */
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
