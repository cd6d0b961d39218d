import type { PollRunWork } from '../domain/polling.ts';
import type { Clock } from '../domain/ports.ts';
import { createKeepAudited } from '../drift/audit.ts';
import { defaultPollSettings, withLease } from '../polling/poll.ts';
import { collectLearners } from '../runs/collect.ts';
import { createRunWork } from '../runs/work.ts';
import type { OpenVendor, Switching, Vendor } from '../vendors/vendor.ts';
import { withEngine } from './outbound.ts';
import { contextOf, type RolePorts, type RoleSettings } from './role.ts';

/** The runs of one vendor, worked on by the process that polls it. */
export function openRunWork(
  vendor: OpenVendor,
  switching: Pick<Switching, 'readInitialPlan'>,
  ports: RolePorts,
  settings: RoleSettings,
): PollRunWork {
  const { pics, store, clock, log } = ports;
  const { share, lanes } = settings.runs;
  const paced = withPace(vendor, clock, share);
  const readPlan = async () => {
    const plan = await switching.readInitialPlan(vendor.centre);
    return 'kind' in plan ? null : plan;
  };
  return createRunWork({
    vendor: paced,
    pics,
    store,
    ledger: store.ledger,
    topics: ports.topics,
    clock,
    log,
    share,
    keepAudited: createKeepAudited({ vendor, pics, store }),
    collect: (run, signal) => {
      const readMatches = async () => (await readPlan())?.matches ?? null;
      const entities = ports.vendors.find(({ name }) => name === vendor.name)?.entities ?? [];
      return collectLearners({ ...ports, vendor, entities, readMatches }, run, signal);
    },
    lendEngine: (use, signal) => {
      const narrow = { ...settings, outbound: { ...settings.outbound, concurrency: lanes } };
      return withEngine(paced, ports, narrow, signal, use);
    },
    // A run whose plan was approved may link the learners that it has matched, as one that was approved when the vendor was enabled.
    allowMatches: async () => {
      const plan = await readPlan();
      if (plan === null) return false;
      await store.vendors.noteConfirmed(vendor.name, { plan: plan.digest });
      await store.vendors.requestSync(vendor.name);
      return true;
    },
  });
}

const lookForPlanMs = 2_000;

/**
 * Plans the initial synchronisation of a vendor that was never enabled, so that a person reads by name what enabling
 * would bring. Nothing is exchanged: the vendor is opened for the plan alone, under the poller's lease.
 */
export function planWhilePreparing(
  vendor: Vendor,
  switching: Switching,
  ports: RolePorts,
  settings: RoleSettings,
): (signal: AbortSignal) => Promise<void> {
  const { store, clock, log } = ports;
  const context = contextOf(vendor, ports, settings);
  const isPreparing = async (): Promise<boolean> =>
    switching.isPreparing(await store.vendors.readState(vendor.name));
  const isAsked = async (): Promise<boolean> => {
    const next = await store.runs.readNext(vendor.name);
    return next?.state === 'asked' && next.order.kind === 'initial';
  };

  async function plan(open: OpenVendor, signal: AbortSignal): Promise<void> {
    const { leaseMs } = defaultPollSettings;
    const of = { vendor: open.name, centre: open.centre, holder: String(process.pid), leaseMs };
    const passes = store.polling.open(of);
    const lease = await passes.acquireLease();
    if (lease === null) return;
    await withLease({ passes, clock }, lease, leaseMs, signal, async (held) => {
      // Enabled meanwhile, the plan is made by the process that polls.
      const over = new AbortController();
      const interlude = async (): Promise<void> => {
        if (!(await isPreparing())) over.abort(new Error('the vendor was enabled'));
      };
      await openRunWork(open, switching, ports, settings)
        .work(interlude, AbortSignal.any([held, over.signal]))
        .catch((error: unknown) => {
          if (!held.aborted && !over.signal.aborted) throw error;
        });
    });
  }

  return async (signal) => {
    while (!signal.aborted) {
      await clock.sleep(lookForPlanMs, signal);
      if (signal.aborted || !switching.isConfigured || !(await isAsked()) || !(await isPreparing())) continue;
      const open = await vendor.open(context).catch((error: unknown) => {
        log.error(`${vendor.title} cannot be used, and is tried again`, { error });
        return null;
      });
      if (open === null) continue;
      try {
        await plan(open, signal);
      } finally {
        await open.close();
      }
    }
  };
}

/**
 * The vendor, asked at a pace: its calls take the share of the budget that runs have, and no more. They still wait for the
 * budget itself, behind everything that is more urgent.
 */
function withPace(vendor: OpenVendor, clock: Clock, share: number): OpenVendor {
  let nextAtMs = Number.NEGATIVE_INFINITY;
  const everyMs = 60_000 / (vendor.callsPerMinute * share);
  return {
    ...vendor,
    reserveCall: async (priority, signal) => {
      const nowMs = clock.steadyMs();
      const atMs = Math.max(nowMs, nextAtMs);
      nextAtMs = atMs + everyMs;
      if (atMs > nowMs) await clock.sleep(atMs - nowMs, signal);
      signal.throwIfAborted();
      const { waitedMs } = await vendor.reserveCall(priority, signal);
      return { waitedMs: waitedMs + atMs - nowMs };
    },
  };
}
