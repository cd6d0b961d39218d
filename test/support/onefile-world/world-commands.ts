import type { JsonObject } from '../../../src/domain/json.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import { toOwnerLane } from '../../../src/domain/owner.ts';
import type { Answer } from '../../../src/domain/request.ts';
import type { Settled, Work } from '../../../src/domain/work.ts';
import { createEnrol, createPreview } from '../../../src/requests/enrol.ts';
import {
  createLinkOwner,
  createSetLearnerId,
  type LinkEffects,
  type LinkSubject,
} from '../../../src/requests/link.ts';
import { createLookUp } from '../../../src/requests/look-up.ts';
import { createRefresh } from '../../../src/requests/refresh.ts';
import type { HandleCommand } from '../../../src/requests/request.ts';
import type { OneFileClient } from '../../../src/vendors/onefile/client/client.ts';
import { askForEnrolment } from '../../../src/vendors/onefile/rules/enrol/ask.ts';
import type { OfferedStandard } from '../../../src/vendors/onefile/rules/enrol/facts.ts';
import { planEnrolment } from '../../../src/vendors/onefile/rules/enrol/plan.ts';
import type { OneFileCentre, OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import type { MemoryLedger } from '../memory-ledger.ts';
import { buildRequest } from '../requests.ts';
import { toWholeMessage } from './whole-message.ts';
import type { WorldPics } from './world-pics.ts';
import type { createWorldReconciler } from './world-reconciler.ts';

type Parts = {
  readonly pics: WorldPics;
  readonly ledger: MemoryLedger;
  readonly reconciler: ReturnType<typeof createWorldReconciler>;
  readonly client: OneFileClient;
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
  readonly submit: (work: Work) => Promise<Settled>;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
};

export type CommandAnswer = Answer & { readonly message: string | null };

/** User commands by their own handlers, answered at once; the reconciler has its turn while one waits and afterwards. */
export function createWorldCommands(parts: Parts) {
  const handlers = createHandlers(parts);
  let given = 0;
  const run = async (
    kind: keyof typeof handlers,
    about: { ident?: string; officer?: string; organisation?: string } & {
      payload?: JsonObject;
      id?: string;
    },
  ): Promise<CommandAnswer> => {
    given += 1;
    const answer = await handlers[kind](buildRequest({ kind, id: String(given), ...about }), async () => {});
    await parts.reconciler.drain();
    const { code, params } = answer;
    return {
      ...answer,
      message: code === null ? null : toWholeMessage(code, { vendor: 'onefile', ...params }),
    };
  };
  return { run };
}

function createHandlers(parts: Parts) {
  const { pics, ledger, reconciler, client, settings, centre, submit, nowMs, signal } = parts;
  const key = { vendor: 'onefile', centre: settings.centreId } as const;
  const accepted = new Map<string, JsonObject>();
  let offers: readonly OfferedStandard[] = [];
  const readLearner = async ({ ident }: { ident: string }): Promise<Learner | null> => pics.read(ident);
  const sleep = async (): Promise<void> => void (await reconciler.drain());
  const ask = { address: 'http://onefile.test', sleep, signal };
  const enrolment = {
    ...{ ...ask, vendor: 'onefile', readLearner, submit },
    readLinks: async () => ledger.links,
    askFor: async (view: Pick<Parameters<typeof askForEnrolment>[0], 'learner' | 'links'>) =>
      askForEnrolment({ ...view, settings, centre, nowMs: nowMs() }),
    readFacts: (asked: Parameters<OneFileClient['readEnrolmentFacts']>[0]) =>
      client.readEnrolmentFacts(asked, 'command'),
    readOffers: async () => offers,
    refreshOffers: async () => {
      const read = await client.refreshCatalogue('command');
      if ('kind' in read) return read;
      offers = read;
      return offers;
    },
    plan: async ({ offers: standards, ...view }: PlanView) =>
      planEnrolment({ ...view, standards, settings, centre, nowMs: nowMs() }),
    readAccepted: async (id: string) => accepted.get(id) ?? null,
    openEnrolment: async (ident: string, { id, plan }: { id: string; plan: JsonObject }) => {
      accepted.set(id, plan);
      ledger.openEnrolment({ ...key, ident }, { id, plan, plannedAtMs: nowMs(), milestones: [] });
    },
  };
  const links: LinkEffects = {
    ...{ ...ask, ...key, ledger, submit, readLearner },
    readOwner: async ({ key: owner }) => pics.readOwner(owner),
    readShown: async (subject) => readShown(pics, subject, settings),
    isShown: ({ kind }) => kind === 'learner' || settings.externalIdVendor === 'onefile',
    publishLink: (link, isRemoved) => reconciler.publishLinks([link], isRemoved),
    findRecord: async ({ kind, code }, id) => {
      const found = await client.execute(toFind({ kind, code }, id), {
        priority: 'command',
        cause: 'refresh',
      });
      return found.kind === 'done' ? { kind: 'found' } : found;
    },
    readHolder: async (kind, id) => ledger.linkTable.findByVendorId(key, kind, id)?.picsId ?? null,
    readWaitingFor: async (_kind, code) =>
      ledger.held.filter(({ params }) => params['officer'] === code).map(({ ident }) => ident),
  };
  const lookUp = createLookUp({
    ...ask,
    searchOwners: (kind, text) => client.searchOwners(kind, text),
    readHolders: async (kind, ids) =>
      new Map(
        ids.flatMap((id) => {
          const link = ledger.linkTable.findByVendorId(key, kind, id);
          return link === undefined ? [] : [[id, link.picsId]];
        }),
      ),
    readNames: async () => new Map(),
  });
  return {
    enrol: createEnrol(enrolment),
    preview: createPreview(enrolment),
    refresh: createRefresh({ readLearner, submit }),
    'link-officer': createLinkOwner('officer', links),
    'link-organisation': createLinkOwner('organisation', links),
    'set-learner-id': createSetLearnerId(links),
    'look-up': lookUp,
  } satisfies Record<string, HandleCommand>;
}

type PlanView = Pick<Parameters<typeof planEnrolment>[0], 'learner' | 'links' | 'facts' | 'choices'> & {
  readonly offers: readonly OfferedStandard[];
};

function readShown(pics: WorldPics, { kind, code }: LinkSubject, settings: OneFileSettings): string | null {
  if (kind === 'learner') return pics.read(code)?.oneFileId ?? null;
  if (settings.externalIdVendor !== 'onefile') return null;
  return pics.owners.get(toOwnerLane({ kind, code }))?.externalId ?? null;
}

function toFind({ kind, code }: LinkSubject, id: string) {
  const shared = { effect: 'read', subject: `${kind}:${code}`, naturalKey: null } as const;
  if (kind === 'learner')
    return { ...shared, name: 'check-learner', request: { ident: code, learnerId: id } };
  const name = kind === 'officer' ? 'find-assessor' : 'find-placement';
  return { ...shared, name, request: { code, typedId: id } };
}
