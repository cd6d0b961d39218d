import { runTogether } from '../base/supervise.ts';
import { createHandleChange } from '../engine/changes.ts';
import type { Engine } from '../engine/engine.ts';
import type { ConsumedRecord } from '../kafka/broker.ts';
import { createConsume } from '../kafka/consume.ts';
import { postpone } from '../store/postponed.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { createBuryRecord } from './bury-record.ts';
import { createDecodeChange } from './decode-change.ts';
import { lookWhenDue } from './look-when-due.ts';
import { type EngineParts, openEngine } from './open-engine.ts';
import { openMessaging } from './open-messaging.ts';
import { openPics } from './open-pics.ts';
import { openLedgerWorker, openStore } from './open-store.ts';
import { createReadWaitingFor } from './read-waiting-for.ts';
import { createRename } from './rename.ts';
import { type AtWork, createConsumeRequests } from './requests.ts';
import { resumeOpenWork } from './resume-open-work.ts';
import type { Role, RoleContext } from './role.ts';
import type { VendorSwitch } from './vendor-switch.ts';
import { createForeignWriteWatch } from './watch-foreign-writes.ts';
import { openOneFileSwitch, withOneFile } from './while-enabled.ts';

/** Tables of PICS whose changes can matter to OneFile. */
const tables = [
  'trainee',
  'epidata',
  'pctrndet',
  'officer',
  'placemnt',
  'trplace',
  'trqual',
  'itp_revu',
] as const;

/** Consumes changes of PICS and user commands, and brings OneFile to where the rules want it. */
export const runOutbound: Role = async (context, signal) => {
  await using stack = new AsyncDisposableStack();
  const pics = openPics(context, stack);
  const store = openStore(context, stack);
  const messaging = await openMessaging(context, 'outbound', stack);
  const vendorSwitch = openOneFileSwitch<AtWork>(context, { store, pics });
  const requests = createConsumeRequests(context, { messaging, store, pics, vendorSwitch });
  const exchange = withOneFile(context, { pics }, (oneFile, enabled) =>
    runExchange(context, { messaging, store, pics, oneFile }, vendorSwitch, enabled),
  );
  // Commands are answered also while OneFile is disabled: with a refusal, or by enabling it.
  await runTogether([vendorSwitch.whileEnabled(exchange), requests.run], signal);
};

/** What an enabled OneFile does: until it is disabled, or its place in the ledger is lost. */
async function runExchange(
  context: RoleContext,
  opened: Omit<EngineParts, 'worker'>,
  vendorSwitch: VendorSwitch<AtWork>,
  signal: AbortSignal,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const worker = await openLedgerWorker(context, stack);
  const parts: EngineParts = { ...opened, worker: worker.worker };
  // Whoever lost its place in the ledger must not send: others take its open intents for unknown.
  const engineSignal = AbortSignal.any([signal, worker.lost]);
  const engine = openEngine(context, parts, engineSignal);
  const changes = createConsumeChanges(context, parts, engine);
  vendorSwitch.provide({ engine, oneFile: parts.oneFile, signal: engineSignal });
  try {
    await runTogether([changes.run, resumeOpenWork(parts, engine), lookWhenDue(parts, engine)], engineSignal);
  } finally {
    vendorSwitch.provide(null);
  }
  if (!signal.aborted) throw worker.lost.reason;
}

function createConsumeChanges(context: RoleContext, parts: EngineParts, engine: Engine) {
  const { config, log, metrics } = context;
  const { messaging, store, pics, oneFile } = parts;
  const group = messaging.group(`${vendor.name}.outbound`);
  const dispositions = metrics.counter({
    name: 'dispositions_total',
    help: 'Changes of PICS by what became of them: sent on, held, or skipped by the named rule.',
    labels: ['vendor', 'disposition'],
  });
  const { settings } = oneFile;
  const watchForeignWrites = createForeignWriteWatch(context);
  const handle = createHandleChange({
    decode: createDecodeChange({
      names: messaging.names,
      decoder: messaging.decoder,
      mapping: pics.mapping,
      originPrefix: config.pics.replicationOriginPrefix,
    }),
    decideRelevance: (change) => {
      watchForeignWrites(change);
      return vendor.rules.decideRelevance(change, settings);
    },
    submit: engine.submit,
    readWaitingFor: createReadWaitingFor(store),
    rename: createRename(parts),
    postpone: async ({ untilMs, ...about }) => {
      const forMs = untilMs - Date.now();
      if (forMs > 0) await postpone(store.pool, { vendor: vendor.name, ...about, forMs });
    },
    buryRecord: createBuryRecord(context, messaging, group),
    disposed: (disposition) => dispositions.add({ vendor: vendor.name, disposition }),
  });
  const consume = createConsume({
    consumer: messaging.broker.createConsumer({
      group,
      topics: tables.map((table) => messaging.names.pics[table]),
      onRetentionLoss: ({ topic, partition, expected, continuedAt }) =>
        log.error('changes were deleted before they were read: run a full pass', {
          topic,
          partition,
          offset: String(expected),
          nextOffset: String(continuedAt),
        }),
    }),
    handle: (record: ConsumedRecord) => handle(record),
    maxInWork: config.outbound.maxInWork,
    maxInWorkBytes: config.outbound.maxInWorkBytes,
    commitIntervalMs: config.outbound.commitIntervalMs,
    log,
  });
  return consume;
}
