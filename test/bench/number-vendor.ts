import { digestOf } from '../../src/domain/digest.ts';
import type { Shadow } from '../../src/domain/observation.ts';
import type { Call, CallResult, Evaluation } from '../../src/domain/step.ts';
import type { LearnerView } from '../../src/domain/view.ts';
import type { OpenVendor } from '../../src/vendors/vendor.ts';

const place = { vendor: 'onefile', centre: 'bench' } as const;
const nothingToDo: Evaluation = { candidates: [], holds: [], notes: [] };

/** The value that PICS shows for a learner. */
type NumberOf = (ident: string) => string;
/** Sets a learner's number at the vendor. */
type SetNumber = (ident: string, value: string) => Promise<void>;

/** A vendor with one rule: it shall have the number that PICS has. One number a learner, one call to set it. */
export function createNumberVendor(numberOf: NumberOf, setNumber: SetNumber): OpenVendor {
  return {
    name: place.vendor,
    title: 'The vendor of the bench',
    centre: place.centre,
    address: '',
    columns: { learner: 'oneFileId', review: 'oneFileId', activePortfolio: 'O' },
    tables: [],
    settleMs: 5_000,
    callsPerMinute: 100_000,
    endedBySettings: [],
    decideRelevance: () => ({ kind: 'irrelevant', rule: 'bench' }),
    isForeignWrite: () => false,
    vendorIdsOf: ({ ident }) => [ident],
    evaluate: async (view) => evaluate(view, numberOf(view.learner.ident)),
    evaluateOwner: async () => nothingToDo,
    readKnowledge: async () => [],
    digestRecord: digestOf,
    reserveCall: async () => ({ waitedMs: 0 }),
    execute: async ({ request }) => {
      const [ident, value] = [String(request['ident']), String(request['value'])];
      await setNumber(ident, value);
      return done(ident, value);
    },
    resolve: async () => ({ kind: 'blind', policy: 'hold' }),
    readPage: async () => ({ kind: 'page', observations: [], next: null }),
    polling: {
      plans: [],
      dailyTime: { hour: 3, minute: 30 },
      mode: 'off',
      reviewTime: { entity: 'review', atMsField: 'atMs' },
      selectDaily: async (learners) => learners,
      afterRead: async () => {},
      ownerKindOf: () => null,
      matchOwners: () => ({ links: [], unclear: [] }),
      toMatchRecord: (record) => record,
      publishesAll: () => false,
      pushedOwners: [],
      readsOf: () => [],
      readsOfOwner: () => [],
      forecast: async () => ({ calls: 0, minutes: 0, callsPerLearner: 0 }),
    },
    linking: {
      isShown: () => false,
      searchOwners: async () => [],
      findRecord: async () => ({ kind: 'rejected', code: 'ID_NOT_FOUND', detail: '' }),
      contradictionsOf: () => [],
      crossedBy: () => ({ freed: [], unlinks: [], holds: [] }),
      refreshCatalogue: async () => ({ references: 0, unmatched: [] }),
    },
    enrolment: {
      ask: async () => ({ kind: 'refused', fault: { code: 'ALREADY_LINKED', params: {} } }),
      refreshOffers: async () => ({ kind: 'recent' }),
      correct: (plan) => plan,
    },
    close: async () => {},
  };
}

function evaluate({ learner: { ident }, lane }: LearnerView, value: string): Evaluation {
  const shadow = lane.shadows.find(({ vendorId }) => vendorId === `record ${ident}`);
  if (shadow?.record['value'] === value) return nothingToDo;
  const update: Call = {
    name: 'update',
    effect: 'update',
    subject: `record:${ident}`,
    naturalKey: null,
    request: { ident, value },
  };
  return { candidates: [{ kind: 'call', call: update }], holds: [], notes: [] };
}

function done(ident: string, value: string): CallResult {
  const shadow: Shadow = {
    ...place,
    entity: 'record',
    vendorId: `record ${ident}`,
    learnerVendorId: ident,
    record: { value },
    observedAtMs: Date.now(),
  };
  return { kind: 'done', vendorId: null, observed: [], shadow: [shadow], links: [], findings: [] };
}
