import { sleep } from '../base/sleep.ts';
import { runTogether } from '../base/supervise.ts';
import { originsPerVendor } from '../cli/install.ts';
import { digestOf } from '../domain/digest.ts';
import type { WithReconcileTransaction } from '../domain/rows.ts';
import { createOrigins, createWithReconcileTransaction } from '../pics/reconcile.ts';
import type { ReconcileEffects } from '../reconciling/record.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { consumePlaces } from './consume-places.ts';
import {
  type AppliedMeter,
  createAppliedMeter,
  createOneFileReconciliation,
} from './onefile-reconciliation.ts';
import { openMessaging } from './open-messaging.ts';
import { createPicsPool, openPics, type Pics } from './open-pics.ts';
import { openStore } from './open-store.ts';
import type { Role, RoleContext } from './role.ts';
import { openOneFileSwitch, withOneFile } from './while-enabled.ts';

/** Brings what OneFile showed, links and results of commands into PICS. */
export const runReconciler: Role = async (context, signal) => {
  await using stack = new AsyncDisposableStack();
  const pics = openPics(context, stack);
  const store = openStore(context, stack);
  const messaging = await openMessaging(context, 'reconciler', stack);
  const withTransaction = openTransactions(context, stack, pics);
  const applied = createAppliedMeter(context);
  const { names } = messaging;
  const observations = withOneFile(context, { pics }, (oneFile, enabled) => {
    const effects = createOneFileReconciliation(context, { pics, store, withTransaction, applied }, oneFile);
    const topics = [...Object.values(names.onefile), names.link];
    return consumePlaces(context, { messaging, pics, group: 'reconciler', topics, effects }, enabled);
  });
  // Commands are answered also while the vendor is disabled (G-8), so their results have a group of their own.
  const effects = toAnswering(context, { withTransaction, applied });
  const answers = (end: AbortSignal): Promise<void> =>
    consumePlaces(
      context,
      { messaging, pics, group: 'answers', topics: [names.requestResult], effects },
      end,
    );
  const vendorSwitch = openOneFileSwitch<never>(context, { store, pics });
  await runTogether([vendorSwitch.whileEnabled(observations), answers], signal);
};

/** A pool of the reconciler's own, whose sessions carry the origin mark. */
function openTransactions(
  context: RoleContext,
  stack: AsyncDisposableStack,
  pics: Pics,
): WithReconcileTransaction {
  const { config, log } = context;
  const origins = createOrigins({
    vendor: vendor.name,
    count: originsPerVendor,
    prefix: config.pics.replicationOriginPrefix,
    onUnmarked: (reason) =>
      log.warn('own writes go unmarked: they come back and find nothing to do, only later', { code: reason }),
  });
  const pool = createPicsPool(context, stack, originsPerVendor);
  return createWithReconcileTransaction({ pool, columns: pics.columns, origins });
}

/** Results of commands need no rules: they are written as they come. */
function toAnswering(
  { log }: RoleContext,
  { withTransaction, applied }: { withTransaction: WithReconcileTransaction; applied: AppliedMeter },
): ReconcileEffects<null> {
  const unexpected = { kind: 'ignore', code: 'not-an-answer' } as const;
  return {
    readFacts: async (items) => items.map(() => ({ ident: null, facts: null })),
    decide: { observation: () => unexpected, link: () => unexpected },
    withTransaction,
    recordHolds: async (holds, { topic, partition }) => {
      for (const { code, offset } of holds)
        log.error('a result of a command cannot be written', {
          topic,
          partition,
          offset: String(offset),
          code,
        });
    },
    recordLinksCopied: async () => {},
    onSettled: applied,
    digest: digestOf,
    nowMs: Date.now,
    sleep,
  };
}
