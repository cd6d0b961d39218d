import type { Call } from '../domain/step.ts';
import type { LinkEffects, LinkSubject } from '../requests/link.ts';
import { readLinksByVendorIds } from '../store/links.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { isId } from '../vendors/onefile/rules/enrol/facts.ts';
import { createReadWaitingFor } from './read-waiting-for.ts';
import type { HandlerParts } from './work-handlers.ts';

type Effects = Omit<LinkEffects, 'address' | 'sleep' | 'signal' | 'readLearner' | 'submit'>;

/** How links that a person chooses reach OneFile, the link table and the id columns of PICS. */
export function createLinkEffects(parts: HandlerParts): Effects {
  const { pics, store, messaging, oneFile } = parts;
  const { settings } = oneFile;
  const centre = settings.centreId;
  const isOwnerShown = settings.externalIdVendor === 'onefile' && settings.matchBy === 'id';
  const isShown = ({ kind }: LinkSubject): boolean => kind === 'learner' || isOwnerShown;
  return {
    vendor: vendor.name,
    centre,
    ledger: store.ledger,
    isShown,
    readShown: async ({ kind, code }) => {
      if (!isShown({ kind, code })) return null;
      const txIds: number[] = [];
      if (kind === 'learner') return (await pics.readLearner({ ident: code, txIds }))?.oneFileId ?? null;
      return (await pics.readOwner({ key: { kind, code }, txIds }))?.externalId ?? null;
    },
    publishLink: (link, removed) => messaging.publish([messaging.encoders.link({ ...link, removed })]),
    readOwner: pics.readOwner,
    findRecord: (subject, vendorId) => findRecord(parts, subject, vendorId),
    readHolder: async (kind, vendorId) => {
      const scope = { vendor: vendor.name, centre, kind };
      const [link] = await readLinksByVendorIds(store.pool, scope, [vendorId]);
      return link?.picsId ?? null;
    },
    readWaitingFor: createReadWaitingFor(store),
  };
}

/** OF-24, G-2: what was seen is published, as every read is (D-5). */
async function findRecord(
  { oneFile, messaging, signal }: HandlerParts,
  { kind, code }: LinkSubject,
  vendorId: string,
): ReturnType<LinkEffects['findRecord']> {
  const missing = { kind: 'rejected', code: 'ID_NOT_FOUND', detail: '' } as const;
  if (!isId(vendorId)) return { ...missing, params: { kind, id: vendorId } };
  await oneFile.budget.take('command', signal);
  const call: Call = {
    ...{ effect: 'read', naturalKey: null, subject: `${kind}:${code}` },
    ...(kind === 'learner'
      ? { name: 'check-learner', request: { ident: code, learnerId: vendorId } }
      : {
          name: kind === 'officer' ? 'find-assessor' : 'find-placement',
          request: { code, typedId: vendorId },
        }),
  };
  const result = await oneFile.client.execute(call, { priority: 'command', cause: 'refresh', signal });
  if (result.kind !== 'done') return result;
  await messaging.publishObservations(result.observed);
  return { kind: 'found' };
}
