import type { Learner } from '../../src/domain/learner.ts';
import { type Owner, type OwnerKey, toOwnerLane } from '../../src/domain/owner.ts';
import {
  type AppliedItem,
  type RequestAnswer,
  type RowAction,
  type TransactionResult,
  toItemKey,
  type WithReconcileTransaction,
} from '../../src/domain/rows.ts';
import { applyToState } from '../../src/reconciling/decide-batch.ts';

/** What a transaction meets instead of success. */
type Trouble = 'collided' | 'killed-before-commit' | 'killed-after-commit';

type State = {
  learners: Map<string, Learner>;
  /** Officers and organisations, by lane. */
  owners: Map<string, Owner>;
  newest: Map<string, AppliedItem>;
  places: Map<string, { epoch: number; nextOffset: bigint }>;
  answers: Map<string, RequestAnswer>;
};

type Draft = State & { readonly actions: RowAction[] };

export type Commit = {
  readonly actions: readonly RowAction[];
  readonly changed: readonly { readonly before: Learner; readonly after: Learner }[];
};

/** The process died: what was committed stays, everything else is gone. */
export class Killed extends Error {}

/**
 * A PICS in memory that keeps what a transaction of the reconciler promises: all of it or nothing.
 *
 * One transaction runs at a time: the rows it has read are locked for everybody else.
 */
export class MemoryPics {
  readonly #state: State;
  /** Every action that was committed, in order. */
  readonly written: RowAction[] = [];
  transactionCount = 0;
  /** SQLSTATE when PICS refuses the action. */
  refuses: (action: RowAction) => string | null = () => null;
  /** Told of every commit: what it did, and the learners it changed as they were and are. */
  onCommit: (commit: Commit) => void = () => {};
  #troubles: Trouble[] = [];
  #lock: Promise<unknown> = Promise.resolve();

  constructor(learners: readonly Learner[] = []) {
    this.#state = {
      learners: new Map(learners.map((learner) => [learner.ident, learner])),
      owners: new Map(),
      newest: new Map(),
      places: new Map(),
      answers: new Map(),
    };
  }

  get learners(): ReadonlyMap<string, Learner> {
    return this.#state.learners;
  }

  get answers(): ReadonlyMap<string, RequestAnswer> {
    return this.#state.answers;
  }

  setOwner(owner: Owner): void {
    this.#state.owners.set(toOwnerLane(owner), owner);
  }

  findOwner(key: OwnerKey): Owner | null {
    return this.#state.owners.get(toOwnerLane(key)) ?? null;
  }

  /** An officer about whom only its external id is known. */
  setOfficer(code: string, externalId: string | null): void {
    const unknown = { firstName: null, surname: null, email: null, phone: null, mobile: null };
    this.setOwner({ kind: 'officer', code, ...unknown, externalId });
  }

  /** The external id; undefined when there is no such officer. */
  getOfficer(code: string): string | null | undefined {
    return this.findOwner({ kind: 'officer', code })?.externalId;
  }

  /** Meets the next transactions, one each. */
  meet(...troubles: readonly Trouble[]): void {
    this.#troubles.push(...troubles);
  }

  claim(topic: string, partition: number): { epoch: number; nextOffset: bigint } {
    const known = this.#state.places.get(`${topic} ${partition}`) ?? { epoch: 0, nextOffset: 0n };
    const claimed = { ...known, epoch: known.epoch + 1 };
    this.#state.places.set(`${topic} ${partition}`, claimed);
    return claimed;
  }

  /** Whether everything before this offset is settled. */
  isApplied(topic: string, partition: number, offset: bigint): boolean {
    return (this.#state.places.get(`${topic} ${partition}`)?.nextOffset ?? 0n) >= offset;
  }

  /** Runs when no transaction is under way, and lets none begin before its end. */
  whenFree<R>(run: () => R | Promise<R>): Promise<R> {
    const turn = this.#lock.then(run);
    this.#lock = turn.catch(() => {});
    return turn;
  }

  readonly withTransaction: WithReconcileTransaction = <R>(
    run: Parameters<WithReconcileTransaction>[0],
  ): Promise<TransactionResult<R>> => this.whenFree(() => this.#transact<R>(run));

  async #transact<R>(run: Parameters<WithReconcileTransaction>[0]): Promise<TransactionResult<R>> {
    this.transactionCount += 1;
    const trouble = this.#troubles.shift();
    if (trouble === 'collided') return { kind: 'collided', code: '40P01' };
    const draft = emptyDraft();
    let refusal: string | null = null;
    const { commit, value } = await run({
      readRows: async ({ idents, officers, organisations, items }) => ({
        learners: pick(this.#state.learners, idents, draft.learners),
        owners: pick(this.#state.owners, toLanes(officers, organisations), draft.owners),
        newest: pick(this.#state.newest, items.map(toItemKey), new Map()),
      }),
      applyActions: async (asked) => {
        for (const action of asked) {
          refusal ??= this.refuses(action);
          if (!this.#isTaken(action, draft)) applyToState(action, draft, null);
          draft.actions.push(action);
        }
      },
      applyAnswers: async (answers) => {
        for (const answer of answers) draft.answers.set(answer.id, answer);
      },
      recordApplied: async ({ place, nextOffset, items }) => {
        const key = `${place.topic} ${place.partition}`;
        const known = this.#state.places.get(key);
        if (known === undefined || known.epoch > place.epoch) return 'fenced';
        draft.places.set(key, { epoch: place.epoch, nextOffset });
        for (const item of items) draft.newest.set(toItemKey(item), item);
        return 'recorded';
      },
    });
    if (refusal !== null) return { kind: 'refused', code: refusal };
    if (trouble === 'killed-before-commit') throw new Killed();
    if (commit) this.#commit(draft);
    if (trouble === 'killed-after-commit') throw new Killed();
    return { kind: 'ended', value: value as R };
  }

  /** A review that is there is not inserted again, whomever it belongs to: ids are keys of the whole table. */
  #isTaken(action: RowAction, draft: Draft): boolean {
    if (action.kind !== 'insert-review') return false;
    const has = ({ reviews }: Learner): boolean => reviews.some(({ id }) => id === action.id);
    return draft.learners.values().some(has) || this.#state.learners.values().some(has);
  }

  #commit(draft: Draft): void {
    const changed = [...draft.learners].flatMap(([ident, after]) => {
      const before = this.#state.learners.get(ident);
      return before === undefined || before === after ? [] : [{ before, after }];
    });
    for (const part of ['learners', 'owners', 'newest', 'places', 'answers'] as const)
      for (const [key, value] of draft[part]) (this.#state[part] as Map<string, unknown>).set(key, value);
    this.written.push(...draft.actions);
    if (draft.actions.length > 0) this.onCommit({ actions: draft.actions, changed });
  }
}

function emptyDraft(): Draft {
  return {
    learners: new Map(),
    owners: new Map(),
    newest: new Map(),
    places: new Map(),
    answers: new Map(),
    actions: [],
  };
}

function toLanes(officers: readonly string[], organisations: readonly string[]): string[] {
  return [
    ...officers.map((code) => toOwnerLane({ kind: 'officer', code })),
    ...organisations.map((code) => toOwnerLane({ kind: 'organisation', code })),
  ];
}

/** Rows that were read are part of the transaction: what it does to them is seen by nobody before the commit. */
function pick<V>(
  from: ReadonlyMap<string, V>,
  keys: readonly string[],
  into: Map<string, V>,
): Map<string, V> {
  const picked = new Map<string, V>();
  for (const key of keys) {
    if (!from.has(key)) continue;
    if (!into.has(key)) into.set(key, from.get(key) as V);
    picked.set(key, into.get(key) as V);
  }
  return picked;
}
