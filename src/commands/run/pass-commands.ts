import type { PassReport, PassSummary, PollCommand, PollEffects } from '../../inbound/poll-effects.ts';
import { createConsume } from '../../kafka/consume.ts';
import { type Answer, type CommandRequest, toDone, toRefused } from '../../outbound/requests/request.ts';
import { type RequestRow, readOpenRequests, readRequest } from '../../pics/request.ts';
import { readRuns } from '../../store/runs.ts';
import { requestSync } from '../../store/vendor-state.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
import { checkRunning } from './check-running.ts';
import { createDecodeChange } from './decode-change.ts';
import type { EngineParts } from './open-engine.ts';
import { publishRequestResult } from './publish-request-result.ts';
import type { RoleContext } from './role.ts';
import { toRequest } from './to-request.ts';
import type { VendorSwitch } from './vendor-switch.ts';

export type PassCommands = {
  /** Checks requests as they come; one that may run says `working` in its row from then on. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly take: PollEffects['takeCommand'];
  readonly answer: PollEffects['answerCommand'];
  /** Shows in the row of the request in work how far it is. */
  readonly progress: (report: PassReport) => void;
  /** The synchronisation of everybody that was wanted is done. */
  readonly concludeInitial: (summary: PassSummary) => Promise<void>;
};

type Parts = Pick<EngineParts, 'messaging' | 'pics' | 'store'> & {
  readonly vendorSwitch: Pick<VendorSwitch<unknown>, 'isEnabled'>;
  /** Refuses a plan that is no longer that of PICS and OneFile; null = it is. */
  readonly checkPlan: (request: CommandRequest, signal: AbortSignal) => Promise<Answer | null>;
};

const kinds: readonly string[] = ['synchronise', 'initial-sync'];

/**
 * Requests for a synchronisation.
 *
 * Any process checks them. The row itself is what waits: whoever polls takes it from there, and after a kill whoever
 * polls then.
 */
export function createPassCommands(context: RoleContext, parts: Parts): PassCommands {
  const { config, log } = context;
  const { messaging, pics } = parts;
  const answered = new Set<string>();
  let inWork: string | null = null;
  const decode = createDecodeChange({
    names: messaging.names,
    decoder: messaging.decoder,
    mapping: pics.mapping,
    originPrefix: config.pics.replicationOriginPrefix,
  });
  const stop = new AbortController();
  const consume = createConsume({
    consumer: messaging.broker.createConsumer({
      group: messaging.group(`${vendor.name}.pass`),
      topics: [messaging.names.request],
    }),
    handle: async (record) => {
      const decoded = await decode(record);
      const request = decoded.kind === 'change' ? toRequest(decoded.change) : null;
      if (request === null || !kinds.includes(request.kind)) return;
      if (request.vendor !== vendor.name || request.status !== 'new') return;
      const refusal = await check(parts, request, stop.signal);
      if (refusal === 'over') return;
      if (refusal === null && request.kind === 'initial-sync')
        await requestSync(parts.store.pool, vendor.name);
      await tell(request.id, refusal ?? 'working');
    },
    drainMs: 1_000,
    log,
  });
  const tell = (
    id: string,
    answer: Answer | 'working',
    result: Record<string, unknown> | null = null,
  ): Promise<void> =>
    publishRequestResult(messaging, {
      id,
      ...(answer === 'working' ? { status: 'working', code: null, params: {}, result } : answer),
    });
  const readAccepted = async (kind: string): Promise<RequestRow[]> => {
    const open = await readOpenRequests(pics.pool, vendor.name);
    return open.filter((row) => row.kind === kind && row.status === 'working' && !answered.has(row.id));
  };
  const conclude = async (id: string, summary: PassSummary): Promise<void> => {
    // Its row says so only when the reconciler has written it: until then it must not be taken again.
    answered.add(id);
    await tell(id, toDone(toResult(summary)));
  };
  return {
    run: (signal) => {
      signal.addEventListener('abort', () => stop.abort(signal.reason), { once: true });
      return consume.run(signal);
    },
    take: async (): Promise<PollCommand | null> => {
      const [next] = await readAccepted('synchronise');
      inWork = next?.id ?? null;
      return next === undefined ? null : { id: next.id, kind: 'synchronise' };
    },
    progress: ({ learnersDone, learnerCount, calls, minutesLeft }) => {
      if (inWork === null) return;
      const result = { learnersDone, learners: learnerCount, calls, minutesLeft };
      tell(inWork, 'working', result).catch(() => {});
    },
    answer: async ({ id }, end) => {
      inWork = null;
      if (end !== 'fenced' && end !== 'stopped') await conclude(id, end);
    },
    concludeInitial: async (summary) => {
      for (const { id } of await readAccepted('initial-sync')) await conclude(id, summary);
    },
  };
}

/** Null: it may run. `over`: it was answered already. */
async function check(
  { pics, store, vendorSwitch, checkPlan }: Parts,
  request: CommandRequest,
  signal: AbortSignal,
): Promise<Answer | 'over' | null> {
  const { id } = request;
  const open = await readOpenRequests(pics.pool, vendor.name);
  const own = open.find((row) => row.id === id) ?? (await readRequest(pics.pool, id));
  // Delivered once more: what became of it stands in its row.
  if (own !== null && own.status !== 'new') return 'over';
  if (!(await vendorSwitch.isEnabled())) return toRefused('DISABLED', { vendor: vendor.name });
  const running = await readRuns(store.pool, vendor.name);
  const refusal = checkRunning(id, { vendor: vendor.name, openRun: running.open, rows: open, kinds });
  if (refusal !== null) return refusal;
  return request.kind === 'initial-sync' ? checkPlan(request, signal) : null;
}

function toResult(summary: PassSummary): Record<string, unknown> {
  const { learnerCount, linkedCount, callCount, recordCount, publishedCount, deletedCount, gapCount } =
    summary;
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
