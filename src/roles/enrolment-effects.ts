import type { Learner } from '../domain/learner.ts';
import type { EnrolEffects } from '../requests/enrol.ts';
import { readCatalogue, replaceCatalogue } from '../store/catalogue.ts';
import { openEnrolment, readEnrolment } from '../store/enrolments.ts';
import { readLinksByVendorIds } from '../store/links.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { askForEnrolment } from '../vendors/onefile/rules/enrol/ask.ts';
import type { EnrolmentAsk, EnrolmentFacts, OfferedStandard } from '../vendors/onefile/rules/enrol/facts.ts';
import { planEnrolment } from '../vendors/onefile/rules/enrol/plan.ts';
import type { HandlerParts } from './work-handlers.ts';

type Effects = Omit<
  EnrolEffects<EnrolmentAsk, EnrolmentFacts, OfferedStandard>,
  'vendor' | 'address' | 'sleep' | 'signal' | 'readLearner' | 'submit'
>;

/** Entity of the list under which standards are kept. */
const entity = 'standard';

/** How an enrolment is planned and kept. */
export function createEnrolmentEffects(parts: HandlerParts): Effects {
  const { store, oneFile, signal } = parts;
  const { settings, client, readCentre } = oneFile;
  const scope = { vendor: vendor.name, centre: settings.centreId };
  const toNaming = async (learner: Learner) => ({
    ...{ learner, settings, centre: await readCentre(), nowMs: Date.now() },
  });
  return {
    readLinks: async (learner) => (await readLane(parts, learner)).links,
    askFor: async ({ learner, links }) => askForEnrolment({ ...(await toNaming(learner)), links }),
    readFacts: (ask) => client.readEnrolmentFacts(ask, 'command', signal),
    readOffers: async () =>
      (await readCatalogue(store.pool, scope)).flatMap(({ code, vendorId, title, entity: kind }) =>
        kind === entity ? [{ id: vendorId, code, title }] : [],
      ),
    refreshOffers: createRefreshOffers(parts),
    plan: async ({ learner, links, facts, offers, choices }) => {
      const naming = await toNaming(learner);
      // Another Ident of the person that a hit is linked to is named too (OF-11).
      const ids = facts.candidates.map(({ id }) => id);
      const others = await readLinksByVendorIds(store.pool, { ...scope, kind: 'learner' }, ids);
      return planEnrolment({ ...naming, links: [...links, ...others], facts, standards: offers, choices });
    },
    readAccepted: async (id) => (await readEnrolment(store.pool, id))?.plan ?? null,
    openEnrolment: (ident, enrolment) => openEnrolment(store.pool, { ...scope, ident }, enrolment),
  };
}

/** Everything the sync knows about a learner, with the officers and organisations it names. */
export function readLane({ store, oneFile }: HandlerParts, learner: Learner) {
  return store.ledger.readLane({
    ...{ vendor: vendor.name, centre: oneFile.settings.centreId, ident: learner.ident },
    officers: learner.officers.map(({ code }) => code),
    organisations: [...new Set(learner.placements.flatMap(({ organisation }) => organisation ?? []))],
    learnerVendorIds: [],
  });
}

/** OF-18: reads what the centre offers, and keeps it in the place of the old list; a failure keeps the old one. */
export async function refreshCatalogue({
  store,
  oneFile,
}: Pick<HandlerParts, 'store' | 'oneFile'>): ReturnType<
  HandlerParts['oneFile']['client']['refreshCatalogue']
> {
  const offered = await oneFile.client.refreshCatalogue('command');
  if ('kind' in offered) return offered;
  await replaceCatalogue(
    store.pool,
    { vendor: vendor.name, centre: oneFile.settings.centreId },
    offered.map(({ id, code, title }) => ({ code, vendorId: id, title, entity })),
  );
  return offered;
}

/** A reference that is misspelt stays unknown: it does not cost a reading of the list each time. */
const refreshAgainAfterMs = 600_000;
const refreshedAtMs = new WeakMap<object, number>();

function createRefreshOffers(parts: HandlerParts): Effects['refreshOffers'] {
  const { client } = parts.oneFile;
  return async () => {
    const lastMs = refreshedAtMs.get(client) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() - lastMs < refreshAgainAfterMs) return null;
    const offered = await refreshCatalogue(parts);
    if (!('kind' in offered)) refreshedAtMs.set(client, performance.now());
    return offered;
  };
}
