import { sleep } from '../base/sleep.ts';
import type { Engine } from '../engine/engine.ts';
import type { ConsumedRecord } from '../kafka/broker.ts';
import { createConsume } from '../kafka/consume.ts';
import { readHeldRequests, readRequest } from '../pics/request.ts';
import { createEndSkipped, createSkip, type SkipEffects } from '../requests/held.ts';
import { createDispatch, type Handlers } from '../requests/request.ts';
import { listHeld, skipHeld } from '../store/held.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { createBuryRecord } from './bury-record.ts';
import { createDecodeChange } from './decode-change.ts';
import { toHandlerAtWork } from './handler-at-work.ts';
import type { EngineParts } from './open-engine.ts';
import type { OneFile } from './open-onefile.ts';
import { publishRequestResult } from './publish-request-result.ts';
import type { RoleContext } from './role.ts';
import { createSwitchHandlers } from './switch-handlers.ts';
import { toRequest } from './to-request.ts';
import type { VendorSwitch } from './vendor-switch.ts';
import { createWorkHandlers, type WorkKind, workKinds } from './work-handlers.ts';

/** What commands work with while the vendor is enabled. */
export type AtWork = {
  readonly engine: Engine;
  readonly oneFile: OneFile;
  /** Ends when the vendor is disabled or its place in the ledger is lost. */
  readonly signal: AbortSignal;
};

export type RequestParts = Pick<EngineParts, 'messaging' | 'pics' | 'store'> & {
  readonly vendorSwitch: VendorSwitch<AtWork>;
};

/** Answered by whoever polls (`pass-commands.ts`). */
const elsewhere = ['synchronise', 'initial-sync'] as const;

/** User commands have a group of their own, so that a person never waits behind bulk changes. */
export function createConsumeRequests(
  context: RoleContext,
  parts: RequestParts,
): { readonly run: (signal: AbortSignal) => Promise<void> } {
  const { config, log } = context;
  const { messaging, pics, vendorSwitch } = parts;
  const group = messaging.group(`${vendor.name}.command`);
  const decode = createDecodeChange({
    names: messaging.names,
    decoder: messaging.decoder,
    mapping: pics.mapping,
    originPrefix: config.pics.replicationOriginPrefix,
  });
  const bury = createBuryRecord(context, messaging, group);
  return {
    run: (signal) => {
      const dispatch = createDispatch({
        vendor: vendor.name,
        handlers: createHandlers(context, parts, signal),
        elsewhere,
        isEnabled: vendorSwitch.isEnabled,
        readStatus: async (id) => (await readRequest(pics.pool, id))?.status ?? null,
        publishResult: (result) => publishRequestResult(messaging, result),
      });
      return createConsume({
        consumer: messaging.broker.createConsumer({ group, topics: [messaging.names.request] }),
        handle: async (record: ConsumedRecord) => {
          const decoded = await decode(record);
          if (decoded.kind === 'malformed') return bury(record, decoded.reason);
          const request = decoded.kind === 'change' ? toRequest(decoded.change) : null;
          if (request !== null) await dispatch(request);
        },
        log,
      }).run(signal);
    },
  };
}

/** Every command by name. Those of `workKinds` need what is there only while the vendor is enabled. */
function createHandlers(context: RoleContext, parts: RequestParts, signal: AbortSignal): Handlers {
  const ready = async (): Promise<AtWork | null> => {
    for (;;) {
      const atWork = await parts.vendorSwitch.ready(signal);
      // A process that stops is no vendor that is disabled: the command is taken up by the next one.
      if (atWork === null) signal.throwIfAborted();
      if (atWork?.signal.aborted !== true) return atWork;
      await sleep(100, signal); // on its way out: the next one is not there yet
    }
  };
  const toHandler = (kind: WorkKind): Handlers[string] => ({
    handle: toHandlerAtWork(ready, (atWork) => createWorkHandlers({ ...parts, ...atWork, context })[kind]),
  });
  return {
    ...Object.fromEntries(workKinds.map((kind) => [kind, toHandler(kind)])),
    skip: { handle: createSkip(createSkipEffects(parts)), runsDisabled: true },
    ...createSwitchHandlers(context, parts, signal),
  };
}

function createSkipEffects({ store, pics, messaging }: RequestParts): SkipEffects {
  return {
    skipHeld: (id, act) => skipHeld(store.pool, id, act),
    endSkipped: createEndSkipped({
      hasWaiting: async (ident) =>
        (await listHeld(store.pool, { vendor: vendor.name, ident, limit: 1 })).length > 0,
      readHeldRequests: (idents) => readHeldRequests(pics.pool, vendor.name, idents),
      publishResult: (result) => publishRequestResult(messaging, result),
    }),
  };
}
