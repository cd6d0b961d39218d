import { z } from 'zod';
import { createKeyedDigest } from '../../src/domain/digest.ts';
import type { EnrolmentPlan, Partner } from '../../src/domain/enrolment.ts';
import type { SupposedLane } from '../../src/domain/ledger.ts';
import type { ReconcileItem } from '../../src/domain/rows.ts';
import { readKey } from '../../src/domain/view.ts';
import type {
  ItemKnowledge,
  OpenVendor,
  Vendor,
  VendorContext,
  VendorEnrolment,
  VendorLinking,
  VendorPolling,
} from '../../src/vendors/vendor.ts';
import { centre, execute, name, type PaperDesk, readPage, resolve, resources } from './paper-calls.ts';
import { decideRelevance, decideRow, evaluate, findFault, readLearnerCall } from './paper-rules.ts';
import type { PaperService } from './paper-service.ts';
import { createSwitching } from './paper-switching.ts';

/*
 * A vendor from top to bottom, as small as one can be: an invented office that keeps portfolios on paper. It
 * has learners and reviews, enrols in two steps, is polled, and can be switched on and off. A new vendor
 * says these things, best written and read in this order:
 *
 *   1. What it is before any call: name, section of the configuration, entities, columns, tables
 *      (`createPaper`).
 *   2. How it is switched: what is checked, what a person approves, when it rests (`paper-switching.ts`).
 *   3. Its rules (`paper-rules.ts`). They are pure: which learners a change of PICS may matter to
 *      (`decideRelevance`), what is to be done for a learner (`evaluate`), and what its records change in
 *      PICS (`decideRow`).
 *   4. Its calls (`paper-calls.ts`): one call made (`execute`), an unanswered create looked up (`resolve`),
 *      a page read (`readPage`).
 *   5. What the rules are given (`readKnowledge`), and how it is polled, linked and enrolled with: below.
 *
 * Nothing of this waits, repeats, remembers, publishes or locks. The engine, the poller, the reconciler and
 * the commands do, and know a vendor only by what it says here. `paper-vendor.test.ts` shows it with them,
 * one test a behaviour; the office itself is `paper-service.ts`.
 *
 * Left out, and to be seen at OneFile: officers and organisations, ids that people edit in PICS, lists of
 * several pages, offers to choose from, warnings, and `nearRealTime`.
 *
 * A name is one of `VendorName`, which tables and topics know too. This one borrows Smart Assessor's, and
 * its columns.
 */

const columns = { learner: 'smartAssessorId', review: 'smartAssessorId', activePortfolio: 'S' } as const;
const tables = ['trainee', 'pctrndet', 'itp_revu'];
const section = z.strictObject({ callsPerMinute: z.number().default(60) });
type PaperSection = z.infer<typeof section>;

/** `service`: stands where a real vendor has an address and a client. */
export function createPaper(service: PaperService): Vendor {
  return {
    name,
    configName: 'smart-assessor',
    title: 'Paper',
    recordWords: { officer: 'clerk', organisation: 'firm', offer: 'form' },
    explainId: (kind, text) =>
      kind === 'learner' && /^P\d+$/.test(text) ? null : 'an id is a P and a number',
    section,
    environmentOf: () => ({ name: 'paper', isLive: false }),
    pulledDetails: () => [],
    dailyTimeOf: () => ({ hour: 3, minute: 0 }),
    pollingOf: () => 'spare',
    entities: ['learner', 'review'],
    columns,
    tables,
    capturedFields: () => ({
      'learner-details': ['smartAssessorId'],
      review: ['proposedAt', 'smartAssessorId'],
    }),
    ruleTitles: {},
    reports: { findUnoffered: () => [], readStrangers: async () => [] },
    switching: (context) => createSwitching(context, service),
    open: async (context) => {
      const { configured } = context;
      return configured.kind === 'enabled'
        ? openPaper(context, service, configured.settings as PaperSection)
        : null;
    },
  };
}

function openPaper(
  context: VendorContext,
  service: PaperService,
  { callsPerMinute }: PaperSection,
): OpenVendor {
  // Calls are counted by credential: all processes that share it share its limit.
  const credential = context.openCredential({
    id: 'paper',
    callsPerMinute,
    spareShare: 0.5,
    sessionTtlMs: 60_000,
  });
  const desk: PaperDesk = { context, service, budget: credential.budget };
  return {
    name,
    title: 'Paper',
    centre,
    address: 'the office',
    columns,
    tables,
    settleMs: 1_000,
    callsPerMinute,
    endedBySettings: [],
    decideRelevance,
    isForeignWrite: () => false,
    vendorIdsOf: ({ smartAssessorId }) => (smartAssessorId === null ? [] : [smartAssessorId]),
    evaluate: async (view) => evaluate(view),
    evaluateOwner: async () => ({ candidates: [], holds: [], notes: [] }),
    readKnowledge: (items, supposed) => readKnowledge(desk, items, supposed),
    digestRecord: createKeyedDigest('paper'),
    reserveCall: (priority, signal) => desk.budget.take(priority, signal),
    execute: async (call, { cause }) => execute(desk, call, cause),
    resolve: async (intent) => resolve(desk, intent),
    readPage: async (request) => readPage(desk, request),
    polling: createPolling(),
    linking: createLinking(desk),
    enrolment: createEnrolment(desk),
    close: () => credential.close(),
  };
}

/**
 * What must be read before PICS is asked: which learner it is about, and what the sync knows of that
 * learner.
 */
async function readKnowledge(
  { context: { store } }: PaperDesk,
  items: readonly ReconcileItem[],
  supposed?: SupposedLane,
): Promise<readonly ItemKnowledge[]> {
  const ids = items.flatMap((item) =>
    item.kind === 'observation' ? (item.observation.learnerVendorId ?? []) : [],
  );
  const links = await store.links.readByVendorIds({ vendor: name, centre, kind: 'learner' }, [
    ...new Set(ids),
  ]);
  return Promise.all(
    items.map(async (item): Promise<ItemKnowledge> => {
      const owner = item.kind === 'observation' ? item.observation.learnerVendorId : null;
      const known = [...(supposed?.lane.links ?? []), ...links];
      const found =
        known.find(({ kind, vendorId }) => kind === 'learner' && vendorId === owner)?.picsId ?? null;
      const ident = item.kind === 'link' ? item.link.ident : found;
      const about = { officers: [], organisations: [], learnerVendorIds: [] };
      const readLane = (of: string) => store.ledger.readLane({ vendor: name, centre, ident: of, ...about });
      const lane = ident === null ? null : ident === supposed?.ident ? supposed.lane : await readLane(ident);
      return {
        ident,
        owner: null,
        parts: ['details', 'reviews'],
        decide: ({ learner }) => decideRow(item, learner, lane),
      };
    }),
  );
}

/** Reviews are looked at in every turn; learners in full passes alone, at half past three or on command. */
function createPolling(): VendorPolling {
  const recent = { learner: 'never', review: 'every-turn' } as const;
  return {
    plans: resources.map((resource) => ({ resource, recent: recent[resource.entity] })),
    dailyTime: { hour: 3, minute: 30 },
    mode: 'spare',
    reviewTime: { entity: 'review', atMsField: 'atMs' },
    selectDaily: async (learners) => learners,
    afterRead: async () => {},
    toMatchRecord: (record) => record,
    publishesAll: () => false,
    ownerKindOf: () => null,
    matchOwners: () => ({ links: [], unclear: [] }),
    pushedOwners: [],
    readsOf: ({ ident, vendorId }) => [readKey(readLearnerCall(ident, vendorId))],
    readsOfOwner: () => [],
    forecast: async () => ({ calls: resources.length, minutes: 1, callsPerLearner: 0 }),
  };
}

function createLinking(desk: PaperDesk): VendorLinking {
  return {
    isShown: (kind) => kind === 'learner',
    searchOwners: async () => [],
    findRecord: async ({ code }, vendorId, signal) => {
      await desk.budget.take('command', signal);
      return execute(desk, readLearnerCall(code, vendorId), 'refresh');
    },
    contradictionsOf: () => [],
    crossedBy: () => ({ freed: [], unlinks: [], holds: [] }),
    refreshCatalogue: async () => ({ references: 0, unmatched: [] }),
  };
}

/**
 * A plan is made before anything is sent; `accepted` is kept with the enrolment until `evaluate` concludes
 * it.
 */
function createEnrolment({ service, budget }: PaperDesk): VendorEnrolment {
  return {
    ask: async ({ learner, links }) => {
      const linked = links.find(({ kind }) => kind === 'learner');
      const params = { id: linked?.vendorId ?? '' };
      if (linked !== undefined) return { kind: 'refused', fault: { code: 'ALREADY_LINKED', params } };
      const { ident, email, firstName, surname, startOn } = learner;
      const personName = [firstName, surname].filter((part) => part !== null).join(' ');
      const read = async (signal: AbortSignal) => {
        await budget.take('command', signal);
        const said = service.ask(`find-learners ${ident}`, () =>
          [...service.learners.values()].filter((one) => one.email === email).map(({ id }) => id),
        );
        if (said.kind !== 'said') return said;
        const ids = said.value.join(', ');
        const duplicate = { code: 'POSSIBLE_DUPLICATE', params: { name: personName, ids } };
        return {
          plan: async ({ createAnyway }: { readonly createAnyway: boolean }) => {
            const plan: EnrolmentPlan = {
              ...emptyPlan,
              refusal: findFault(learner) ?? (ids === '' || createAnyway ? null : duplicate),
              learner: { ident, name: personName, email, startOn },
            };
            return { plan, hasOffers: true };
          },
        };
      };
      return { kind: 'asking', read };
    },
    refreshOffers: async () => ({ kind: 'recent' }),
    correct: (plan) => plan,
  };
}

const noPartner: Partner = { code: null, name: null, parts: [], way: 'none', vendorId: null };
const emptyPlan: Omit<EnrolmentPlan, 'learner' | 'refusal'> = {
  warnings: [],
  centres: [{ id: centre, name: 'Front desk' }],
  centre,
  officers: [],
  organisation: noPartner,
  classroom: noPartner,
  qualifications: [],
  reviewCount: 0,
  accepted: {},
};
