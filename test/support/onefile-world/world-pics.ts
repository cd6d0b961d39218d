import type { Learner, Officer } from '../../../src/domain/learner.ts';
import { type Organisation, type Owner, type OwnerKey, toOwnerLane } from '../../../src/domain/owner.ts';
import {
  type AppliedItem,
  type RowAction,
  toItemKey,
  type WithReconcileTransaction,
} from '../../../src/domain/rows.ts';
import { applyToState } from '../../../src/reconciling/decide-batch.ts';

export type WorldOfficer = Partial<Extract<Owner, { kind: 'officer' }>> & { readonly code: string };
export type WorldOrganisation = Partial<Organisation> & { readonly code: string };

/**
 * A PICS in memory where officers and organisations are records of their own.
 *
 * A learner's read shows those it names with their id columns as they stand, as the one statement does at the real one.
 */
export class WorldPics {
  readonly learners: Map<string, Learner>;
  readonly owners = new Map<string, Owner>();
  /** Every action that was written, in order. */
  readonly written: RowAction[] = [];
  /** SQLSTATE when PICS refuses an action. */
  refuses: (action: RowAction) => string | null = () => null;
  readonly #newest = new Map<string, AppliedItem>();

  constructor(learners: readonly Learner[]) {
    this.learners = new Map(learners.map((learner) => [learner.ident, learner]));
  }

  putOfficer(officer: WorldOfficer): void {
    const blank = {
      firstName: null,
      surname: null,
      email: null,
      externalId: null,
      phone: null,
      mobile: null,
    };
    this.#put({ kind: 'officer', ...blank, ...officer });
  }

  putOrganisation(organisation: WorldOrganisation): void {
    const blank = { name: null, address: [], postcode: null, phone: null, email: null, website: null };
    this.#put({ kind: 'organisation', ...blank, externalId: null, ...organisation });
  }

  /** As a user edits a learner. */
  edit(ident: string, change: (learner: Learner) => Learner): void {
    const learner = this.learners.get(ident);
    if (learner === undefined) throw new Error(`no learner ${ident}`);
    this.learners.set(ident, change(learner));
  }

  readOwner(key: OwnerKey): Owner | null {
    return this.owners.get(toOwnerLane(key)) ?? null;
  }

  read(ident: string): Learner | null {
    const learner = this.learners.get(ident);
    if (learner === undefined) return null;
    const named = [
      learner.mainOfficer,
      ...learner.qualifications.map(({ officer }) => officer),
      ...learner.reviews.map(({ officer }) => officer),
      ...learner.relatedOfficers.map(({ code }) => code),
    ];
    const codes = [...new Set(named.filter((code) => code !== null))];
    return {
      ...learner,
      officers: codes.flatMap((code) => this.#toOfficer(code) ?? []),
      placements: learner.placements.map((one) => this.#withOrganisation(one)),
    };
  }

  /** One transaction at a time, which nobody interrupts. */
  readonly withTransaction: WithReconcileTransaction = async <R>(
    run: Parameters<WithReconcileTransaction>[0],
  ) => {
    const state = { learners: new Map(this.learners), owners: new Map(this.owners) };
    const [newest, written] = [new Map(this.#newest), [] as RowAction[]];
    const { commit, value } = await run({
      readRows: async () => ({ ...state, newest }),
      applyActions: async (actions) => {
        for (const action of actions) applyToState(action, state, null);
        written.push(...actions);
      },
      applyAnswers: async () => {},
      recordApplied: async ({ items }) => {
        for (const item of items) newest.set(toItemKey(item), item);
        return 'recorded';
      },
    });
    const refusal = written.map(this.refuses).find((code) => code !== null);
    if (refusal !== undefined && refusal !== null) return { kind: 'refused', code: refusal };
    if (commit) {
      for (const [ident, learner] of state.learners) this.learners.set(ident, learner);
      for (const [lane, owner] of state.owners) this.owners.set(lane, owner);
      for (const [key, item] of newest) this.#newest.set(key, item);
      this.written.push(...written);
    }
    return { kind: 'ended', value: value as R };
  };

  #put(owner: Owner): void {
    this.owners.set(toOwnerLane(owner), owner);
  }

  #toOfficer(code: string): Officer | null {
    const owner = this.readOwner({ kind: 'officer', code });
    if (owner?.kind !== 'officer') return null;
    const { firstName, surname, email, externalId } = owner;
    return { code, firstName, surname, email, externalId };
  }

  #withOrganisation(placement: Learner['placements'][number]): Learner['placements'][number] {
    const { organisation } = placement;
    if (organisation === null) return placement;
    const owner = this.readOwner({ kind: 'organisation', code: organisation });
    const known = owner?.kind === 'organisation' ? owner : null;
    return {
      ...placement,
      organisationName: known?.name ?? null,
      organisationExternalId: known?.externalId ?? null,
    };
  }
}
