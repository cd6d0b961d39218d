import { afterEach, describe, test as plainTest } from 'vitest';
import type { Enrolment } from '../../src/domain/enrolment.ts';
import type {
  HeldItem,
  IntentRecord,
  LaneKey,
  LaneState,
  Ledger,
  OutcomeRecord,
} from '../../src/domain/ledger.ts';
import { anIntent, anOutcome, learner } from '../support/ledger-records.ts';
import { claimHeld } from './ledger-claims-held.ts';
import { claimIntents } from './ledger-claims-intents.ts';
import { claimOutcomes } from './ledger-claims-outcomes.ts';

export type LedgerUnderTest = {
  readonly ledger: Ledger;
  /** A process that is alive until it is ended. */
  readonly startWorker: () => Promise<{ readonly worker: number; readonly end: () => Promise<void> }>;
  /** What a person may do to a held item. */
  readonly retry: (id: string) => Promise<void>;
  readonly skip: (id: string) => Promise<void>;
  /** As an accepted enrol command does it. */
  readonly openEnrolment: (key: LaneKey, enrolment: Pick<Enrolment, 'id' | 'plan'>) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type ClaimTest = (title: string, claim: () => Promise<void>) => void;
export type SetUpLedger = () => Promise<LedgerHandles>;

/** A ledger and the short ways to use it. */
type LedgerHandles = Omit<LedgerUnderTest, 'close' | 'openEnrolment'> & {
  readonly openEnrolment: (enrolment: Pick<Enrolment, 'id' | 'plan'>) => Promise<void>;
  readonly readLane: (of?: { readonly ident?: string }) => Promise<LaneState>;
  readonly readHeld: () => Promise<readonly HeldItem[]>;
  /** Announces a step at the present version and gives the intent's id. */
  readonly send: (change?: Partial<IntentRecord>) => Promise<string>;
  /** Records an outcome at the present version. */
  readonly record: (change: Partial<OutcomeRecord>) => ReturnType<Ledger['recordOutcome']>;
};

/** What every ledger promises the engine. `test` skips where there is none. */
export function describeLedger(
  name: string,
  open: () => Promise<LedgerUnderTest>,
  test: ClaimTest = plainTest,
): void {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const setup = async (): Promise<LedgerHandles> => {
    const { close, ...opened } = await open();
    closers.push(close);
    const startWorker = async () => {
      const started = await opened.startWorker();
      closers.push(started.end);
      return started;
    };
    const openEnrolment = (enrolment: Pick<Enrolment, 'id' | 'plan'>) =>
      opened.openEnrolment(learner, enrolment);
    return { ...opened, ...toHandles(opened.ledger), startWorker, openEnrolment };
  };
  describe(name, () => {
    claimIntents(test, setup);
    claimOutcomes(test, setup);
    claimHeld(test, setup);
  });
}

function toHandles(ledger: Ledger): Pick<LedgerHandles, 'readLane' | 'readHeld' | 'send' | 'record'> {
  const readLane: LedgerHandles['readLane'] = ({ ident = learner.ident } = {}) =>
    ledger.readLane({ ...learner, officers: ['AB'], organisations: [], learnerVendorIds: [], ident });
  return {
    readLane,
    readHeld: async () => (await readLane()).held,
    send: async (change = {}) => {
      const { version } = await readLane(change);
      const recorded = await ledger.recordIntent(anIntent({ version, ...change }));
      if (recorded.kind === 'conflict') throw new Error('the intent was not recorded');
      return recorded.intentId;
    },
    record: async (change) => {
      const { version } = await readLane(change);
      return ledger.recordOutcome(anOutcome({ version, ...change }));
    },
  };
}
