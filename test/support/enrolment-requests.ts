import type { EnrolmentPlan, Partner, PlanFault } from '../../src/domain/enrolment.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { Link } from '../../src/domain/link.ts';
import type { VendorFailure } from '../../src/domain/outcome.ts';
import type { Settled, Work } from '../../src/domain/work.ts';
import { createEnrol, createPreview, type EnrolEffects } from '../../src/requests/enrol.ts';
import { buildLearner } from './learner.ts';

type Ask = { readonly about: string };
type Facts = { readonly hits: number };
type Offer = { readonly id: string };

const nobody: Partner = { code: null, name: null, parts: [], way: 'none', vendorId: null };

export function buildPlan(known: Partial<EnrolmentPlan> = {}): EnrolmentPlan {
  return {
    ...{ refusal: null, warnings: [], centres: [{ id: 'c1', name: 'Larkfield' }], centre: 'c1' },
    learner: { ident: '00017', name: 'Mary Ford', email: 'mary@ford.example', startOn: '2026-09-01' },
    ...{ officers: [], organisation: nobody, classroom: nobody, qualifications: [], reviewCount: 0 },
    accepted: { classroomId: '2001' },
    ...known,
  };
}

type World = {
  readonly plan?: Partial<EnrolmentPlan>;
  readonly refused?: PlanFault;
  readonly facts?: readonly (Facts | VendorFailure)[];
  readonly offers?: readonly Offer[];
  readonly refreshed?: readonly Offer[] | VendorFailure | null;
  readonly learner?: Learner | null;
  readonly settled?: Partial<Settled>;
  /** Links that the engine makes. */
  readonly made?: readonly Pick<Link, 'kind' | 'picsId' | 'vendorId' | 'how'>[];
};

const mary = {
  ...{ ident: '00017', firstName: 'Mary', surname: 'Ford' },
  officers: [{ code: 'JB', firstName: 'Jo', surname: 'Bell', email: null, externalId: null }],
};

/** Enrolments planned by a rule that says what the test wants, and an engine that makes the links it is told to. */
export function openEnrolmentWorld(world: World = {}) {
  const { facts = [{ hits: 0 }], offers = [{ id: '1' }], refreshed = null } = world;
  const did: string[] = [];
  const kept = new Map<string, JsonObject>();
  const works: Work[] = [];
  const links: Link[] = [];
  const given: unknown[] = [];
  let asked = 0;
  const effects: EnrolEffects<Ask, Facts, Offer> = {
    ...{ vendor: 'onefile', address: 'https://onefile.example', signal: new AbortController().signal },
    sleep: async (ms) => void did.push(`sleep ${ms}`),
    readLearner: async ({ ident }) =>
      world.learner === undefined ? buildLearner({ ...mary, ident }) : world.learner,
    readLinks: async () => [...links],
    askFor: async ({ learner }) =>
      world.refused === undefined
        ? { kind: 'ask', ask: { about: learner.ident } }
        : { kind: 'refused', fault: world.refused },
    readFacts: async ({ about }) => {
      did.push(`ask about ${about}`);
      asked += 1;
      return facts[Math.min(asked, facts.length) - 1] as Facts | VendorFailure;
    },
    readOffers: async () => offers,
    refreshOffers: async () => {
      did.push('read the offers');
      return refreshed;
    },
    plan: async ({ learner: _learner, links: _links, ...rest }) => {
      given.push(rest);
      return buildPlan(world.plan);
    },
    readAccepted: async (id) => kept.get(id) ?? null,
    openEnrolment: async (ident, { id, plan }) => {
      did.push(`accept for ${ident}`);
      if (!kept.has(id)) kept.set(id, plan);
    },
    submit: async (work) => {
      did.push(`look at ${work.ident}`);
      works.push(work);
      if (kept.size > 0) for (const link of world.made ?? [linkOfMary]) make(link);
      const isLinked = links.some(({ kind }) => kind === 'learner');
      return { kind: 'settled', isLinked, calls: { 'create-learner': 1 }, holds: [], ...world.settled };
    },
  };
  const make = (link: Pick<Link, 'kind' | 'picsId' | 'vendorId' | 'how'>): void => {
    if (links.some(({ kind, picsId }) => kind === link.kind && picsId === link.picsId)) return;
    links.push({ vendor: 'onefile', centre: 'c1', ident: '00017', copiedAtMs: null, ...link });
  };
  const toHandlers = (used: typeof effects) => ({
    enrol: { handle: createEnrol(used) },
    preview: { handle: createPreview(used) },
  });
  return { effects, toHandlers, did, works, kept, links, given };
}

export const linkOfMary = { kind: 'learner', picsId: '00017', vendorId: '900', how: 'created' } as const;
