import type { EnrolmentChoices, EnrolmentPlan, Partner, PlanFault } from '../../src/domain/enrolment.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { Link } from '../../src/domain/link.ts';
import type { VendorFailure } from '../../src/domain/outcome.ts';
import type { Settled } from '../../src/domain/work.ts';
import { buildLearner } from './learner.ts';
import { handlersAt, level, openDispatch, openWorkplace, scope } from './requests.ts';

const noPartner: Partner = { code: null, name: null, parts: [], way: 'none', vendorId: null };

export function buildPlan(known: Partial<EnrolmentPlan> = {}): EnrolmentPlan {
  return {
    refusal: null,
    warnings: [],
    centres: [{ id: 'c1', name: 'Larkfield' }],
    centre: 'c1',
    learner: { ident: '00017', name: 'Mary Ford', email: 'mary@ford.example', startOn: '2026-09-01' },
    officers: [],
    organisation: noPartner,
    classroom: noPartner,
    qualifications: [],
    reviewCount: 0,
    accepted: { classroomId: '2001' },
    ...known,
  };
}

export type EnrolmentWorld = {
  readonly plan?: Partial<EnrolmentPlan>;
  readonly refused?: PlanFault;
  /** What the vendor says when it is asked, once each; the last one from then on. */
  readonly facts?: readonly ('known' | VendorFailure)[];
  readonly offers?: readonly string[];
  /** What reading the offers again brings; `recent`: it was done a moment ago. */
  readonly refreshed?: readonly string[] | VendorFailure | 'recent';
  readonly learner?: Learner | null;
  readonly settled?: Partial<Settled>;
  /** Links that the engine makes. */
  readonly made?: readonly MadeLink[];
};

type MadeLink = Pick<Link, 'kind' | 'picsId' | 'vendorId' | 'how'>;

/** Her Main Officer is JB, and CD teaches her too. */
const mary = buildLearner({
  ident: '00017',
  firstName: 'Mary',
  surname: 'Ford',
  mainOfficer: 'JB',
  relatedOfficers: [{ relation: 'ASR2', code: 'CD' }],
});

export const linkOfMary = { kind: 'learner', picsId: '00017', vendorId: '900', how: 'created' } as const;

/** Enrolments planned by a rule that says what the test wants, and an engine that makes the links it is to make. */
export function openEnrolmentWorld(world: EnrolmentWorld = {}) {
  const { facts = ['known'], refreshed = 'recent', learner = mary } = world;
  const given: { readonly choices: EnrolmentChoices }[] = [];
  let offers = world.offers ?? ['1'];
  let asked = 0;
  const opened = openWorkplace({
    learners: learner === null ? [] : [learner],
    enrolment: {
      ask: async (view) => {
        if (world.refused !== undefined) return { kind: 'refused', fault: world.refused };
        return { kind: 'asking', read: async () => readFindings(view.learner.ident) };
      },
      refreshOffers: async () => {
        did.push('read the offers');
        if (refreshed === 'recent') return { kind: 'recent' };
        if ('kind' in refreshed) return refreshed;
        offers = refreshed;
        return { kind: 'refreshed' };
      },
    },
    look: async ({ ident }) => {
      const { linkTable } = store.ledger;
      const enrolment = store.ledger.enrolmentOf({ ...scope, ident });
      if (enrolment !== null) for (const link of world.made ?? [linkOfMary]) makeLink(link);
      const isLinked = linkTable.findByPicsId(scope, 'learner', ident) !== undefined;
      return { ...level, isLinked, calls: { 'create-learner': 1 }, ...world.settled };
    },
  });
  const { store, pics, did, workplace } = opened;
  for (const code of ['JB', 'CD']) pics.putOfficer({ code, firstName: 'Jo', surname: 'Bell' });
  const { open } = store.enrolments;
  store.enrolments.open = async (lane, enrolment) => {
    did.push(`accept for ${lane.ident}`);
    await open(lane, enrolment);
  };

  function readFindings(ident: string) {
    did.push(`ask about ${ident}`);
    asked += 1;
    const said = facts[Math.min(asked, facts.length) - 1] ?? 'known';
    if (said !== 'known') return said;
    return {
      plan: async (choices: EnrolmentChoices) => {
        given.push({ choices });
        return { plan: buildPlan(world.plan), hasOffers: offers.length > 0 };
      },
    };
  }

  function makeLink(link: MadeLink): void {
    const { linkTable } = store.ledger;
    if (linkTable.findByPicsId(scope, link.kind, link.picsId) !== undefined) return;
    const isOwner = link.kind === 'officer' || link.kind === 'organisation';
    linkTable.put({ ...scope, ...link, ident: isOwner ? null : '00017', copiedAtMs: null });
  }

  return { ...opened, ...openDispatch(opened, handlersAt(workplace)), given };
}
