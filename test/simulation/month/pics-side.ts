import type { Change } from '../../../src/domain/change.ts';
import type { Learner, Officer } from '../../../src/domain/learner.ts';
import type { Owner, OwnerKey } from '../../../src/domain/owner.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { type Commit, MemoryPics } from '../../memory/pics.ts';
import { toLearnerChanges, toOwnerChanges, toRenameChanges } from '../../memory/pics-changes.ts';
import type { createRandom } from '../../support/random.ts';

type Parts = {
  readonly learners: readonly Learner[];
  readonly owners: readonly Owner[];
  readonly random: ReturnType<typeof createRandom>;
  readonly nowMs: () => number;
  /** Whether the log tells old rows (replica identity full). */
  readonly tellsOldRows: boolean;
  readonly publish: (change: Change) => void;
  readonly settings: Pick<OneFileSettings, 'externalIdVendor'>;
  /** What becomes of the counters of a qualification with units, by the vendor that brings them. */
  readonly unitsPolicies: Readonly<Record<string, 'skip' | 'import'>>;
};

/** A value that a qualification's column had, and from when. */
export type Version = { readonly value: string | null; readonly fromMs: number };

const exchanged = [
  'registrationNumber',
  'registeredOn',
  'certificateAppliedOn',
  'certificateReceivedOn',
] as const;

/** PICS with its users and its log: every commit, theirs and the reconciler's, becomes changes. */
export class PicsSide {
  readonly store: MemoryPics;
  /** Actions of the reconciler that no rule allows, as sentences. */
  readonly offences: string[] = [];
  /** What the exchanged columns held over time: `ident/reference/seq field`. */
  readonly versions = new Map<string, Version[]>();
  /** When a user last moved a review, by its id. */
  readonly movedAtMs = new Map<string, number>();
  readonly #parts: Parts;
  #txId = 1000;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.store = new MemoryPics(parts.learners);
    for (const owner of parts.owners) this.store.setOwner(owner);
    for (const learner of parts.learners) this.#keepVersions(learner);
    this.store.onCommit = (commit) => this.#applied(commit);
  }

  get learners(): ReadonlyMap<string, Learner> {
    return this.store.learners;
  }

  findOfficer(code: string): Officer | null {
    const owner = this.store.findOwner({ kind: 'officer', code });
    return owner?.kind === 'officer' ? owner : null;
  }

  /** A user's transaction on one learner. It waits for the reconciler's, which may have the rows locked. */
  edit(ident: string, change: (learner: Learner) => Learner): Promise<void> {
    return this.store.whenFree(() => {
      const before = this.store.learners.get(ident);
      if (before === undefined) return;
      const after = change(before);
      for (const { id, proposedAt } of before.reviews)
        if (after.reviews.some((one) => one.id === id && one.proposedAt !== proposedAt))
          this.movedAtMs.set(id, this.#parts.nowMs());
      (this.store.learners as Map<string, Learner>).set(ident, after);
      this.#committed(toLearnerChanges(before, after), null);
      this.#keepVersions(after);
    });
  }

  /** A user gives a learner another ident. False when the learner is gone. */
  rename(from: string, to: string): Promise<boolean> {
    return this.store.whenFree(() => {
      const before = this.store.learners.get(from);
      if (before === undefined) return false;
      const after = { ...before, ident: to };
      this.store.removeLearner(from);
      this.store.setLearner(after);
      for (const [key, versions] of [...this.versions]) {
        if (!key.startsWith(`${from}/`)) continue;
        this.versions.delete(key);
        this.versions.set(`${to}${key.slice(from.length)}`, versions);
      }
      this.#committed(toRenameChanges(before, after), null);
      return true;
    });
  }

  editOwner(key: OwnerKey, change: (owner: Owner | null) => Owner): Promise<void> {
    return this.store.whenFree(() => {
      const before = this.store.findOwner(key);
      const after = change(before);
      this.store.setOwner(after);
      this.#committed(toOwnerChanges(before, after), null);
    });
  }

  #applied({ vendor, actions, changed }: Commit): void {
    for (const { before, after } of changed) {
      const origin = this.#parts.random.chance() < 0.8 ? `picsync:${vendor}:1` : null;
      this.#committed(toLearnerChanges(before, after), origin);
      this.#keepVersions(after);
      this.#judgeElements(vendor, before, after);
    }
    for (const action of actions) {
      if (action.kind !== 'set-officer-id') continue;
      if (this.#parts.settings.externalIdVendor !== vendor)
        this.offences.push(`D-2: the id of ${action.code} was written into a column of another vendor`);
      const after = this.store.findOwner({ kind: 'officer', code: action.code });
      if (after !== null) this.#committed(toOwnerChanges({ ...after, externalId: null }, after), null);
    }
  }

  /** OF-45, A-27: the counters of a qualification with units are nobody's to touch. */
  #judgeElements(vendor: string, before: Learner, after: Learner): void {
    for (const one of after.qualifications) {
      const old = before.qualifications.find(({ key }) => key === one.key);
      if (old === undefined || !one.hasUnits || this.#parts.unitsPolicies[vendor] === 'import') continue;
      if (old.elementsDone !== one.elementsDone || old.elementsTotal !== one.elementsTotal)
        this.offences.push(`OF-45: the counters of ${after.ident}/${one.key} with units were written`);
    }
  }

  #committed(changes: ReturnType<typeof toLearnerChanges>, origin: string | null): void {
    this.#txId += 1;
    const { tellsOldRows, nowMs, publish } = this.#parts;
    for (const { before, ...change } of changes)
      publish({
        ...change,
        before: tellsOldRows || change.op === 'delete' ? before : null,
        ...{ origin, txId: this.#txId, committedAtMs: nowMs() },
      });
  }

  #keepVersions({ ident, qualifications }: Learner): void {
    for (const qualification of qualifications)
      for (const field of exchanged) {
        const key = `${ident}/${qualification.key} ${field}`;
        const known = this.versions.get(key) ?? [];
        if (known.at(-1)?.value === qualification[field]) continue;
        this.versions.set(key, [...known, { value: qualification[field], fromMs: this.#parts.nowMs() }]);
      }
  }
}
