import { silentLog } from '../../../src/base/log.ts';
import type { Call, CallContext, CallResult } from '../../../src/domain/step.ts';
import { noTracer } from '../../../src/domain/trace.ts';
import type { RolePorts, RoleSettings } from '../../../src/roles/role.ts';
import type { OpenVendor } from '../../../src/vendors/vendor.ts';
import { createMemoryCredentials } from '../../memory/credential.ts';
import { MemoryMeter } from '../../memory/meter.ts';
import { memoryRoleSettings } from '../../memory/settings.ts';
import type { MonthExchange } from './exchange.ts';
import { databasesOf, type Process } from './process.ts';

/** Settings of the roles, with those of the world's rules. */
export function roleSettings({ world, vendor: { configured }, name }: MonthExchange): RoleSettings {
  const { nearRealTime, deletedReviews, externalIdVendor } = world.settings;
  const roles = memoryRoleSettings(
    { [name]: configured },
    { nearRealTime, deletedReviews, externalIdVendor },
  );
  return { ...roles, outbound: { ...roles.outbound, concurrency: 16 } };
}

/** What one process of the month stands on, and its vendor, with rules that a test may have broken. */
export type MonthPorts = Omit<RolePorts, 'topics' | 'vendors' | 'meter'> & {
  readonly topics: Pick<RolePorts['topics'], 'publishObservations' | 'publishLinks'>;
  readonly meter: MemoryMeter;
  readonly vendor: OpenVendor;
};

export async function openPorts(exchange: MonthExchange, process: Process): Promise<MonthPorts> {
  const { world, random, topics } = exchange;
  const { clock } = world;
  const { live } = process;
  const think = async (): Promise<void> => {
    if (random.chance() < 0.3) await clock.sleep(random.below(40));
  };
  const ports = {
    ...databasesOf({ process, pics: world.pics.store, store: world.store, think }),
    topics: {
      publishObservations: live(async (observations: Parameters<typeof topics.publishObservations>[0]) => {
        await think();
        topics.publishObservations(observations);
      }),
      publishLinks: live(async (...links: Parameters<typeof world.publishLinks>) => {
        await think();
        world.publishLinks(...links);
      }),
    },
    clock: {
      nowMs: () => clock.nowMs() + process.clockOffsetMs,
      steadyMs: clock.nowMs,
      chance: random.chance,
      sleep: live((ms: number, signal?: AbortSignal) => clock.sleep(ms, signal).catch(() => {})),
    },
    openCredential: createMemoryCredentials(),
    meter: new MemoryMeter(),
    tracer: noTracer,
    log: silentLog,
  };
  return { ...ports, vendor: await openVendor(exchange, process, ports) };
}

/** The product's vendor, whose client speaks to the simulator over the month's line. A killed process hears nothing more. */
async function openVendor(
  exchange: MonthExchange,
  { live }: Process,
  ports: Omit<MonthPorts, 'vendor'>,
): Promise<OpenVendor> {
  const { world, random, vendor } = exchange;
  const { clock, rules } = world;
  const { shared } = roleSettings(exchange);
  const opened = await vendor
    .create(live)
    .open({ configured: vendor.configured, shared, otherPulls: [], ...ports });
  if (opened === null) throw new Error(`${exchange.name} of the month does not open`);
  return {
    ...opened,
    evaluate: async (view) => rules.evaluate(await opened.evaluate(view), view),
    readKnowledge: async (items) => {
      const known = await opened.readKnowledge(items);
      return known.map((one, index) => {
        const item = items[index];
        if (item?.kind !== 'observation') return one;
        const decide: typeof one.decide = (rows) => {
          const { entity, vendorId } = item.observation;
          if (entity === vendor.reviewEntity && !exchange.firstShownAtMs.has(vendorId))
            exchange.firstShownAtMs.set(vendorId, clock.nowMs());
          return rules.decideRow(one.decide(rows), item.observation);
        };
        return { ...one, decide };
      });
    },
    reserveCall: live(async () => {
      // Now and then the budget is gone, and what wants to call waits for the next window.
      const waitedMs = random.chance() < 0.02 ? random.below(60_000) : random.below(30);
      await clock.sleep(waitedMs);
      return { waitedMs };
    }),
    execute: live(async (call: Call, context: CallContext) => {
      const result = await vendor.during(call, () => opened.execute(call, context));
      exchange.trace(
        () => `   ${call.name} ${call.subject} ${JSON.stringify(call.request)} -> ${toWords(result)}`,
      );
      return result;
    }),
    resolve: live(async (...given: Parameters<OpenVendor['resolve']>) => {
      const resolution = rules.resolve(await opened.resolve(...given));
      exchange.trace(() => `   look-up ${given[0].step} ${given[0].subject} -> ${resolution.kind}`);
      return resolution;
    }),
    readPage: live(opened.readPage),
  };
}

function toWords(result: CallResult): string {
  if (result.kind === 'done') return `done ${result.vendorId ?? ''}`;
  return `${result.kind} ${result.kind === 'rejected' ? result.code : result.detail}`;
}
