import type { JsonObject } from '../../src/domain/json.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { LaneState } from '../../src/domain/ledger.ts';
import type { Link, LinkKind, NewLink } from '../../src/domain/link.ts';
import { toOwnerLane } from '../../src/domain/owner.ts';
import type { Call, Evaluation, Hold, NeededOwner, NextStep } from '../../src/domain/step.ts';
import { readKey } from '../../src/domain/view.ts';
import { concludeEnrolled, joinParts } from '../../src/vendors/common/parts.ts';
import { toAims } from '../../src/vendors/onefile/rules/aims.ts';
import { enrolLinked } from '../../src/vendors/onefile/rules/enrol/linked.ts';
import { enrolUnlinked } from '../../src/vendors/onefile/rules/enrol/unlinked.ts';
import { type Given, plan } from './enrol-input.ts';
import { buildLane, buildLink, buildShadow, buildView, nowMs } from './onefile-rules.ts';

type Rejects = (call: Call) => boolean;

/**
 * One enrolment against a OneFile in memory, one step at a time.
 *
 * What a look remembers can be thrown away after any step, as a kill does; the lane is what the ledger keeps.
 */
export class EnrolWorld {
  readonly calls: Call[] = [];
  learner: Learner;
  lane: LaneState;
  nowMs = nowMs;
  rejects: Rejects = () => false;
  /** Officers and organisations with something held in their own lane, by code: the reason. */
  readonly heldOwners = new Map<string, string>();
  readonly aims = new Map<string, JsonObject>();
  readonly reads = new Set<string>();
  needed = new Map<string, readonly Hold[]>();
  readonly #given: Given;
  readonly #held = new Set<string>();
  #nextId = 600_001;

  constructor(given: Given = {}) {
    const { refusal, accepted, learner } = plan(given);
    if (refusal !== null) throw new Error(`refused: ${refusal.code}`);
    this.#given = given;
    this.learner = { ...(given.learner as Learner), ident: learner.ident };
    const enrolment = { id: 'request-1', plan: accepted, plannedAtMs: nowMs, milestones: [] };
    this.lane = buildLane({ links: given.links ?? [], enrolment });
  }

  /** What the rules offer now. */
  look(): Evaluation {
    const { learner, lane, reads, needed } = this;
    const base = buildView({
      learner,
      lane,
      reads: [...reads],
      nowMs: this.nowMs,
      settings: { fallbackClassroomId: '2001', ...this.#given.settings },
      centre: this.#given.centre ?? {},
    });
    const view = { ...base, needed };
    const learnerId = this.linkOf('learner', learner.ident);
    if (learnerId === null) return enrolUnlinked(view);
    const of = { ident: learner.ident, learnerId };
    const part = enrolLinked(view, of, toAims(view, learnerId));
    return joinParts([part, concludeEnrolled(view, part)]);
  }

  /** Does the first step that nothing stands against. False when there is none. */
  step(): boolean {
    const open = this.look().candidates.find((step) => !this.#isHeld(step));
    if (open === undefined) return false;
    this.#perform(open);
    return true;
  }

  run({ limit = 100 }: { limit?: number } = {}): this {
    for (let n = 0; n < limit; n += 1) if (!this.step()) return this;
    throw new Error('It never ends');
  }

  /** A person lets what was refused be tried again. */
  retry(): void {
    this.#held.clear();
  }

  /** Everything that only a look remembers is gone. */
  kill(): void {
    this.reads.clear();
    this.needed = new Map();
  }

  linkOf(kind: LinkKind, picsId: string): string | null {
    return this.lane.links.find((one) => one.kind === kind && one.picsId === picsId)?.vendorId ?? null;
  }

  /** Calls as one line each, reads left out. */
  get writes(): string[] {
    return this.calls.filter(({ effect }) => effect !== 'read').map((call) => `${call.name} ${call.subject}`);
  }

  requestOf(name: string): JsonObject | undefined {
    return this.calls.find((call) => call.name === name)?.request;
  }

  #isHeld(step: NextStep): boolean {
    return (
      step.kind === 'call' && this.#held.has(`${readKey(step.call)} ${JSON.stringify(step.call.request)}`)
    );
  }

  #perform(step: NextStep): void {
    switch (step.kind) {
      case 'need':
        for (const owner of step.owners) this.#bring(owner);
        return;
      case 'link':
        for (const link of step.links) this.#link(link);
        return;
      case 'conclude':
        this.lane = { ...this.lane, enrolment: null };
        return;
      case 'call':
        this.#call(step.call);
        return;
      default:
        throw new Error(`Not a step of an enrolment: ${step.kind}`);
    }
  }

  #bring(owner: NeededOwner): void {
    const lane = toOwnerLane(owner);
    const code = this.heldOwners.get(owner.code);
    this.needed = new Map([
      ...this.needed,
      [lane, code === undefined ? [] : [{ subject: lane, code, params: {} }]],
    ]);
    if (code !== undefined || this.linkOf(owner.kind, owner.code) !== null) return;
    const name = owner.kind === 'officer' ? 'create-assessor' : 'create-placement';
    const call: Call = {
      name,
      effect: 'create',
      subject: lane,
      naturalKey: null,
      request: { reads: owner.reads },
    };
    this.calls.push(call);
    this.#created(owner.kind, owner.code, null);
  }

  #call(call: Call): void {
    this.calls.push(call);
    if (this.rejects(call)) {
      this.#held.add(`${readKey(call)} ${JSON.stringify(call.request)}`);
      return;
    }
    if (call.effect === 'read') this.reads.add(readKey(call));
    const { ident } = this.learner;
    if (call.name === 'create-learner') this.#created('learner', ident, ident);
    if (call.name === 'assign-standard') {
      const id = this.#created('qualification', call.subject.slice('qualification:'.length), ident);
      this.aims.set(id, { standardId: String(call.request['standardId']) });
    }
    if (call.name === 'update-aim') {
      const id = String(call.request['aimId']);
      this.aims.set(id, { ...this.aims.get(id), ...(call.request['fields'] as JsonObject) });
    }
    if (call.name === 'read-aims') for (const id of this.aims.keys()) this.#see(id);
    if (call.name === 'read-aim' || call.name === 'update-aim') this.#see(String(call.request['aimId']));
    if (call.milestone !== undefined) this.#reach(call.milestone);
  }

  #see(id: string): void {
    const aim = this.aims.get(id);
    if (aim === undefined) return;
    const shadow = {
      ...buildShadow('learning-aim', id, aim),
      learnerVendorId: this.linkOf('learner', this.learner.ident),
    };
    const others = this.lane.shadows.filter(({ vendorId }) => vendorId !== id);
    this.lane = { ...this.lane, shadows: [...others, shadow] };
  }

  #reach(milestone: string): void {
    const { enrolment } = this.lane;
    if (enrolment === null) throw new Error('A milestone of no enrolment');
    const milestones = [...enrolment.milestones, milestone];
    this.lane = { ...this.lane, enrolment: { ...enrolment, milestones } };
  }

  #created(kind: LinkKind, picsId: string, ident: string | null): string {
    const vendorId = String(this.#nextId++);
    this.#link({ ...buildLink(kind, picsId, vendorId, { copiedAtMs: null }), ident, how: 'created' });
    return vendorId;
  }

  #link(link: NewLink): void {
    const made: Link = { ...link, copiedAtMs: null };
    const isTaken = this.lane.links.some((one) => {
      return one.kind === made.kind && (one.picsId === made.picsId || one.vendorId === made.vendorId);
    });
    if (isTaken) throw new Error(`Linked twice: ${made.kind} ${made.picsId}`);
    this.lane = { ...this.lane, links: [...this.lane.links, made] };
  }
}
