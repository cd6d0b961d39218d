import { toLondonText } from '../cli/io.ts';
import type { JsonObject } from '../domain/json.ts';
import type { PassReport, PassSummary } from '../domain/polling.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import { createConsume } from '../kafka/consume.ts';
import { readOpenRequests, readRequest } from '../pics/request.ts';
import type { PollEffects } from '../polling/page.ts';
import { createPassRequests, type PassRequestEffects } from '../requests/passes.ts';
import { readRuns } from '../store/polling.ts';
import { requestSync } from '../store/vendor-state.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { createDecodeChange } from './decode-change.ts';
import type { EngineParts } from './open-engine.ts';
import { publishRequestResult } from './publish-request-result.ts';
import type { RoleContext } from './role.ts';
import { toRequest } from './to-request.ts';
import type { VendorSwitch } from './vendor-switch.ts';

export type PassCommands = {
  /** Checks requests as they come. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly take: PollEffects['takeCommand'];
  readonly answer: PollEffects['answerCommand'];
  readonly progress: (report: PassReport) => void;
  readonly concludeInitial: (summary: PassSummary) => Promise<void>;
};

type Parts = Pick<EngineParts, 'messaging' | 'pics' | 'store'> & {
  readonly vendorSwitch: Pick<VendorSwitch<unknown>, 'isEnabled'>;
  readonly checkPlan: (request: CommandRequest, signal: AbortSignal) => Promise<Answer | null>;
};

/** Requests for a synchronisation, from their topic and their rows. */
export function createPassCommands({ config, log }: RoleContext, parts: Parts): PassCommands {
  const { messaging, pics } = parts;
  const decode = createDecodeChange({
    names: messaging.names,
    decoder: messaging.decoder,
    mapping: pics.mapping,
    originPrefix: config.pics.replicationOriginPrefix,
  });
  const stop = new AbortController();
  const requests = createPassRequests(createEffects(parts, stop.signal));
  const consume = createConsume({
    consumer: messaging.broker.createConsumer({
      group: messaging.group(`${vendor.name}.pass`),
      topics: [messaging.names.request],
    }),
    handle: async (record) => {
      const decoded = await decode(record);
      const request = decoded.kind === 'change' ? toRequest(decoded.change) : null;
      if (request !== null) await requests.accept(request);
    },
    drainMs: 1_000,
    log,
  });
  return {
    run: (signal) => {
      signal.addEventListener('abort', () => stop.abort(signal.reason), { once: true });
      return consume.run(signal);
    },
    take: async () => {
      const taken = await requests.take();
      return taken === null ? null : { id: taken.id, kind: 'synchronise' };
    },
    answer: ({ id }, end) => requests.conclude(id, typeof end === 'string' ? null : toResult(end)),
    progress: (report) => requests.progress(toProgress(report)),
    concludeInitial: (summary) => requests.concludeInitial(toResult(summary)),
  };
}

function createEffects(
  { messaging, pics, store, vendorSwitch, checkPlan }: Parts,
  signal: AbortSignal,
): PassRequestEffects {
  return {
    vendor: vendor.name,
    isEnabled: vendorSwitch.isEnabled,
    readOpen: () => readOpenRequests(pics.pool, vendor.name),
    readStatus: async (id) => (await readRequest(pics.pool, id))?.status ?? null,
    readOpenRun: async () => (await readRuns(store.pool, vendor.name)).open,
    checkPlan: (request) => checkPlan(request, signal),
    requestSync: () => requestSync(store.pool, vendor.name),
    toTimeText: toLondonText,
    tell: (id, answer) => publishRequestResult(messaging, { id, ...answer }),
  };
}

function toResult(summary: PassSummary): JsonObject {
  const { learnerCount, linkedCount, callCount } = summary;
  const { recordCount, publishedCount, deletedCount, gapCount } = summary;
  return {
    learners: learnerCount,
    linked: linkedCount,
    calls: callCount,
    records: recordCount,
    published: publishedCount,
    deleted: deletedCount,
    gaps: gapCount,
  };
}

function toProgress({ learnersDone, learnerCount, calls, minutesLeft, forecast }: PassReport) {
  return {
    ...{ learnersDone, learners: learnerCount, calls, minutesLeft },
    forecast: { calls: forecast.calls, minutes: forecast.minutes },
  };
}
