import { Fault } from '../base/fault.ts';
import type { PollRunWork } from '../domain/polling.ts';
import type { Clock } from '../domain/ports.ts';
import { createKeepAudited } from '../drift/audit.ts';
import { collectLearners } from '../runs/collect.ts';
import { readMinutesPerCall } from '../runs/plan.ts';
import { createRunWork } from '../runs/work.ts';
import type { OpenVendor, Switching } from '../vendors/vendor.ts';
import { withEngine } from './outbound.ts';
import type { RolePorts, RoleSettings } from './role.ts';

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
    if ('kind' in plan) throw new Fault(`${vendor.title} does not show its learners: ${plan.kind}`);
    return plan;
  };
  return createRunWork({
    vendor: paced,
    pics,
    store,
    ledger: store.ledger,
    clock,
    log,
    share,
    keepAudited: createKeepAudited({ vendor, pics, store }),
    collect: (run, signal) => {
      const readMatches = async () => (await readPlan()).matches;
      return collectLearners({ ...ports, vendor, readMatches }, run, signal);
    },
    lendEngine: (use, signal) => {
      const narrow = { ...settings, outbound: { ...settings.outbound, concurrency: lanes } };
      return withEngine(paced, ports, narrow, signal, use);
    },
    // A run whose plan was approved may link whom it has matched, as one that was approved when the vendor was enabled.
    allowMatches: async () => {
      const { digest } = await readPlan();
      await store.vendors.noteConfirmed(vendor.name, { plan: digest });
      await store.vendors.requestSync(vendor.name);
    },
  });
}

/**
 * The vendor, asked at a pace: its calls take the share of the budget that runs have, and no more. They still wait for the
 * budget itself, behind everything that is more urgent.
 */
function withPace(vendor: OpenVendor, clock: Clock, share: number): OpenVendor {
  let nextAtMs = Number.NEGATIVE_INFINITY;
  let everyMs: number | null = null;
  return {
    ...vendor,
    reserveCall: async (priority, signal) => {
      everyMs ??= ((await readMinutesPerCall(vendor)) * 60_000) / share;
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
