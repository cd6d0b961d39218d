import { sleep } from '../base/sleep.ts';
import type { HeldChoice } from '../domain/held.ts';
import type { JsonObject } from '../domain/json.ts';
import { createReadOwnerNames, createReadUsedReferences } from '../pics/lookups.ts';
import { readHeldRequests } from '../pics/request.ts';
import { createEnrol, createPreview, toPathways } from '../requests/enrol.ts';
import { createReanswer, createRetry, type RetryChoice } from '../requests/held.ts';
import { createLinkOwner, createSetLearnerId } from '../requests/link.ts';
import { createLookUp } from '../requests/look-up.ts';
import { createRefresh, createRefreshCatalogue } from '../requests/refresh.ts';
import type { HandleCommand } from '../requests/request.ts';
import { correctEnrolment } from '../store/enrolments.ts';
import { retryHeld } from '../store/held.ts';
import { readLinkedLearners, readLinksByVendorIds } from '../store/links.ts';
import { toConnection } from '../vendors/onefile/from-config.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { type AcceptedPlan, correctChoices } from '../vendors/onefile/rules/enrol/accepted.ts';
import { toReferenceKey } from '../vendors/onefile/rules/values.ts';
import { createEnrolmentEffects, refreshCatalogue } from './enrolment-effects.ts';
import { createLinkEffects } from './link-effects.ts';
import { publishRequestResult } from './publish-request-result.ts';
import { createReadWaitingFor } from './read-waiting-for.ts';
import type { AtWork, RequestParts } from './requests.ts';
import type { RoleContext } from './role.ts';

export const workKinds = [
  ...(['preview', 'enrol', 'refresh', 'look-up', 'link-officer', 'link-organisation'] as const),
  ...(['set-learner-id', 'retry', 'refresh-qualification-links'] as const),
] as const;
export type WorkKind = (typeof workKinds)[number];

export type HandlerParts = Omit<RequestParts, 'vendorSwitch'> & AtWork & { readonly context: RoleContext };

/** The commands that need an enabled OneFile, joined to what they reach out to. */
export function createWorkHandlers(parts: HandlerParts): Readonly<Record<WorkKind, HandleCommand>> {
  const { pics, engine, oneFile, signal, messaging } = parts;
  const { readLearner } = pics;
  const { submit } = engine;
  const address = toConnection(oneFile.section, oneFile.settings.centreId)?.baseUrl ?? '';
  const asking = { vendor: vendor.name, address, sleep, signal, readLearner, submit };
  const enrolment = { ...asking, ...createEnrolmentEffects(parts) };
  const links = { ...asking, ...createLinkEffects(parts) };
  const reanswer = createReanswer({
    ...enrolment,
    readHeldRequests: (idents) => readHeldRequests(pics.pool, vendor.name, idents),
    publishResult: (result) => publishRequestResult(messaging, result),
  });
  return {
    preview: createPreview(enrolment),
    enrol: createEnrol(enrolment),
    refresh: createRefresh({ readLearner, submit }),
    'look-up': createLookUp({ ...asking, ...createLookUpEffects(parts) }),
    'link-officer': createLinkOwner('officer', links),
    'link-organisation': createLinkOwner('organisation', links),
    'set-learner-id': createSetLearnerId(links),
    retry: createRetry({ submit, reanswer, ...createRetryEffects(parts) }),
    'refresh-qualification-links': createRefreshCatalogue({
      ...asking,
      refreshCatalogue: () => refreshCatalogue(parts),
      compareCatalogue: (offered) => compareCatalogue(parts, offered),
    }),
  };
}

function createLookUpEffects({ pics, store, oneFile }: HandlerParts) {
  const { settings, client } = oneFile;
  return {
    searchOwners: (kind: 'officer' | 'organisation', text: string) =>
      client.searchOwners(kind, text, 'command'),
    readHolders: async (kind: 'officer' | 'organisation', vendorIds: readonly string[]) => {
      const scope = { vendor: vendor.name, centre: settings.centreId, kind };
      const links = await readLinksByVendorIds(store.pool, scope, vendorIds);
      return new Map(links.map(({ vendorId, picsId }) => [vendorId, picsId]));
    },
    readNames: createReadOwnerNames({ database: pics.pool, columns: pics.columns }),
  };
}

function createRetryEffects({ store, oneFile }: HandlerParts) {
  const scope = { vendor: vendor.name, centre: oneFile.settings.centreId };
  const toHeldChoice = (choice: RetryChoice): HeldChoice =>
    'ids' in choice ? choice : { vendor: vendor.name, ...choice };
  return {
    retryHeld: (choice: RetryChoice, act: { by: string; request: string }) =>
      retryHeld(store.pool, toHeldChoice(choice), act),
    correctEnrolment: (ident: string, choices: JsonObject) =>
      correctEnrolment(store.pool, { ...scope, ident }, (plan) => ({
        ...plan,
        ...correctChoices(plan as unknown as AcceptedPlan, { pathways: toPathways(choices['pathways']) }),
      })),
    readWaitingFor: createReadWaitingFor(store),
  };
}

const pageSize = 5_000;

/** OF-18: what learners that are linked or live need and OneFile does not offer. */
async function compareCatalogue(
  { context, pics, store, oneFile }: HandlerParts,
  offered: readonly { readonly code: string }[],
) {
  const scope = { vendor: vendor.name, centre: oneFile.settings.centreId };
  const idents: string[] = [];
  for (;;) {
    const page = { afterIdent: idents.at(-1) ?? null, limit: pageSize };
    const learners = await readLinkedLearners(store.pool, scope, page);
    idents.push(...learners.map(({ ident }) => ident));
    if (learners.length < pageSize) break;
  }
  const read = createReadUsedReferences({ database: pics.pool, columns: pics.columns });
  const used = await read({ idents, letters: context.config.pics.liveLetters });
  const known = new Set(offered.map(({ code }) => toReferenceKey(code)));
  return {
    references: known.size,
    unmatched: used.filter((reference) => !known.has(toReferenceKey(reference))),
  };
}
