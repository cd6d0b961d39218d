import type { Learner } from '../../src/core/learner.ts';
import {
  type AppliedItem,
  type RequestAnswer,
  type TransactionResult,
  toItemKey,
  type WithReconcileTransaction,
} from '../../src/core/reconcile.ts';
import type { RowAction } from '../../src/core/row-action.ts';
import { applyToState } from '../../src/core/row-effects.ts';

/** What a transaction meets instead of success. */
type Trouble = 'collided' | 'killed-before-commit' | 'killed-after-commit';

type State = {
  learners: Map<string, Learner>;
  officers: Map<string, string | null>;
  organisations: Map<string, string | null>;
  newest: Map<string, AppliedItem>;
  places: Map<string, { epoch: number; nextOffset: bigint }>;
  answers: Map<string, RequestAnswer>;
};

/** The process died: what was committed stays, everything else is gone. */
export class Killed extends Error {}

/** A PICS in memory that keeps what a transaction of the reconciler promises: all of it or nothing. */
export class MemoryPics {
  #state: State;
  /** Every action that was committed, in order. */
  readonly written: RowAction[] = [];
  transactionCount = 0;
  /** SQLSTATE when PICS refuses the action. */
  refuses: (action: RowAction) => string | null = () => null;
  #troubles: Trouble[] = [];

  constructor(learners: readonly Learner[] = []) {
    this.#state = {
      learners: new Map(learners.map((learner) => [learner.ident, learner])),
      officers: new Map(),
      organisations: new Map(),
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

  setOfficer(code: string, externalId: string | null): void {
    this.#state.officers.set(code, externalId);
  }

  getOfficer(code: string): string | null | undefined {
    return this.#state.officers.get(code);
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

  readonly withTransaction: WithReconcileTransaction = async <R>(
    run: Parameters<WithReconcileTransaction>[0],
  ): Promise<TransactionResult<R>> => {
    this.transactionCount += 1;
    const trouble = this.#troubles.shift();
    if (trouble === 'collided') return { kind: 'collided', code: '40P01' };
    const draft = copy(this.#state);
    const actions: RowAction[] = [];
    let refusal: string | null = null;
    const { commit, value } = await run({
      readRows: async ({ idents, officers, organisations, items }) => ({
        learners: pick(draft.learners, idents),
        officers: pick(draft.officers, officers),
        organisations: pick(draft.organisations, organisations),
        newest: pick(draft.newest, items.map(toItemKey)),
      }),
      applyActions: async (asked) => {
        for (const action of asked) {
          refusal ??= this.refuses(action);
          applyToState(action, draft, null);
          actions.push(action);
        }
      },
      applyAnswers: async (answers) => {
        for (const answer of answers) draft.answers.set(answer.id, answer);
      },
      recordApplied: async ({ place, nextOffset, items }) => {
        const key = `${place.topic} ${place.partition}`;
        const known = draft.places.get(key);
        if (known === undefined || known.epoch > place.epoch) return 'fenced';
        draft.places.set(key, { epoch: place.epoch, nextOffset });
        for (const item of items) draft.newest.set(toItemKey(item), item);
        return 'recorded';
      },
    });
    if (refusal !== null) return { kind: 'refused', code: refusal };
    if (trouble === 'killed-before-commit') throw new Killed();
    if (commit) {
      this.#state = draft;
      this.written.push(...actions);
    }
    if (trouble === 'killed-after-commit') throw new Killed();
    return { kind: 'ended', value: value as R };
  };
}

function copy(state: State): State {
  return {
    learners: new Map(state.learners),
    officers: new Map(state.officers),
    organisations: new Map(state.organisations),
    newest: new Map(state.newest),
    places: new Map(state.places),
    answers: new Map(state.answers),
  };
}

function pick<V>(from: ReadonlyMap<string, V>, keys: readonly string[]): Map<string, V> {
  return new Map(keys.flatMap((key) => (from.has(key) ? [[key, from.get(key) as V]] : [])));
}
