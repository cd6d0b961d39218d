import type { Log } from '../base/log.ts';
import type { JsonObject } from '../domain/json.ts';
import { toLondonText } from '../domain/london.ts';
import type { PassReport, PassRequests, PassSummary } from '../domain/polling.ts';
import type { Clock, Pics, Store, Topics } from '../domain/ports.ts';
import type { Answer, CommandRequest, RequestRow } from '../domain/request.ts';
import type { OpenVendor, Switching, Vendor } from '../vendors/vendor.ts';
import {
  answerUnexpected,
  askVendor,
  done,
  listed,
  payloadText,
  publishResult,
  refused,
  txIdsOf,
} from './request.ts';
import { planDocument } from './switch.ts';

/** What requests for a synchronisation stand on. */
type PassPorts = {
  readonly vendor: Pick<Vendor, 'name'>;
  readonly switching: Pick<Switching, 'readInitialPlan'>;
  readonly pics: Pick<Pics, 'readOpenRequests' | 'readRequest'>;
  readonly store: Pick<Store, 'polling' | 'vendors'>;
  readonly topics: Pick<Topics, 'publishResult'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly isEnabled: () => Promise<boolean>;
  /** The vendor, once it is open; null when it is not enabled. */
  readonly ready: (signal: AbortSignal) => Promise<Pick<OpenVendor, 'centre' | 'address'> | null>;
  readonly signal: AbortSignal;
};

export const passCommands: readonly string[] = ['synchronise', 'initial-sync'];

/**
 * Requests for a synchronisation.
 *
 * Any process checks them. The row itself is what waits: the process that polls takes it from there, and after a kill
 * the one that polls then.
 */
export function createPassRequests(ports: PassPorts): PassRequests {
  const { vendor, pics, store } = ports;
  const answered = new Set<string>();
  let inWork: string | null = null;

  const publish = (id: string, answer: Answer | Working): Promise<void> =>
    publishResult(ports, vendor.name, { id, ...answer });
  const readAccepted = async (kind: string): Promise<RequestRow[]> => {
    const open = await pics.readOpenRequests(vendor.name);
    return open.filter((row) => row.kind === kind && row.status === 'working' && !answered.has(row.id));
  };
  const end = async (id: string, summary: PassSummary): Promise<void> => {
    // Its row says so only when the reconciler has written it: until then it must not be taken again.
    answered.add(id);
    await publish(id, done(summaryResult(summary)));
  };

  return {
    accept: async (request) => {
      const { id, kind, status } = request;
      if (!passCommands.includes(kind) || request.vendor !== vendor.name || status !== 'new') return;
      await answerUnexpected(ports, request, async () => {
        const refusal = await check(ports, request);
        if (refusal === 'over') return;
        if (refusal === null && kind === 'initial-sync') await store.vendors.requestSync(vendor.name);
        await publish(id, refusal ?? working(null));
      });
    },
    take: async () => {
      const [next] = await readAccepted('synchronise');
      inWork = next?.id ?? null;
      return next === undefined ? null : { id: next.id, kind: 'synchronise' };
    },
    progress: (report) => {
      if (inWork !== null) publish(inWork, working(progressResult(report))).catch(() => {});
    },
    conclude: async ({ id }, summary) => {
      inWork = null;
      if (typeof summary !== 'string') await end(id, summary);
    },
    concludeInitial: async (summary) => {
      for (const { id } of await readAccepted('initial-sync')) await end(id, summary);
    },
  };
}

/** Null: it may run. `over`: what became of it stands in its row, or the row is gone; it was only delivered once more. */
async function check(ports: PassPorts, request: CommandRequest): Promise<Answer | 'over' | null> {
  const { pics, store } = ports;
  const vendor = ports.vendor.name;
  const open = await pics.readOpenRequests(vendor);
  const row =
    open.find(({ id }) => id === request.id) ?? (await pics.readRequest(request.id, txIdsOf(request)));
  if (row?.status !== 'new') return 'over';
  if (!(await ports.isEnabled())) return refused('DISABLED', { vendor });
  const runSinceMs = (await store.polling.readRuns(vendor)).open;
  const other = open.find(
    ({ id, kind, status }) => id !== request.id && status === 'working' && passCommands.includes(kind),
  );
  const sinceMs = runSinceMs ?? other?.startedAtMs ?? other?.requestedAtMs ?? null;
  if (sinceMs !== null) return refused('RUNNING', { vendor, time: toLondonText(sinceMs) });
  return request.kind === 'initial-sync' ? checkPlan(ports, request) : null;
}

/**
 * OF-9: an initial synchronisation on command runs the plan that a person has seen, and no other.
 *
 * Asked without a plan, or with an older one, it shows the present one and does nothing. Null: the plan is the present
 * one, and counts as approved from then on.
 */
async function checkPlan(ports: PassPorts, { payload }: CommandRequest): Promise<Answer | null> {
  const { switching, store, clock, signal } = ports;
  const vendor = ports.vendor.name;
  const open = await ports.ready(signal);
  signal.throwIfAborted();
  if (open === null) return refused('DISABLED', { vendor });
  const read = await askVendor({ address: open.address, clock, signal }, () =>
    switching.readInitialPlan(open.centre),
  );
  if (read.kind === 'failed') return read.answer;
  const plan = read.value;
  if (payloadText(payload, 'plan') !== plan.digest)
    return refused('PLAN_STALE', { vendor }, { plan: planDocument(plan) });
  await store.vendors.noteConfirmed(vendor, { plan: plan.digest });
  return null;
}

type Working = Omit<Answer, 'status'> & { readonly status: 'working' };

function working(result: JsonObject | null): Working {
  return { status: 'working', code: null, params: {}, result };
}

function summaryResult(summary: PassSummary): JsonObject {
  return {
    learners: summary.learnerCount,
    linked: summary.linkedCount,
    calls: summary.callCount,
    records: summary.recordCount,
    published: summary.publishedCount,
    deleted: summary.deletedCount,
    gaps: summary.gapCount,
    ...(summary.unread.length > 0 && listed('unread', summary.unread)),
  };
}

function progressResult({
  learnersDone,
  learnerCount,
  calls,
  minutesLeft,
  forecast,
}: PassReport): JsonObject {
  const expected = { calls: forecast.calls, minutes: forecast.minutes };
  return { learnersDone, learners: learnerCount, calls, minutesLeft, forecast: expected };
}
