import { silentLog } from '../../../src/base/log.ts';
import type { Call, CallContext } from '../../../src/domain/step.ts';
import type { RolePorts, RoleSettings } from '../../../src/roles/role.ts';
import type { OneFileClient } from '../../../src/vendors/onefile/client/client.ts';
import type { OneFileSection } from '../../../src/vendors/onefile/config.ts';
import { openOneFile } from '../../../src/vendors/onefile/onefile.ts';
import type { OpenVendor } from '../../../src/vendors/vendor.ts';
import { createMemoryCredentials } from '../../memory/credential.ts';
import { MemoryMeter } from '../../memory/meter.ts';
import { oneFileRoleSettings } from '../../memory/onefile.ts';
import { createOneFileModel } from './onefile-client.ts';
import { databasesOf, type Process } from './process.ts';
import type { MonthWorld } from './world.ts';

/** Settings of the roles; those of the rules are the world's own. */
export function roleSettings({ settings }: Pick<MonthWorld, 'settings'>): RoleSettings {
  const { nearRealTime, deletedReviews, externalIdVendor } = settings;
  const section = { dailyScope: 'all' };
  const roles = oneFileRoleSettings({ nearRealTime, deletedReviews, externalIdVendor }, section);
  return { ...roles, outbound: { ...roles.outbound, concurrency: 16 } };
}

/** What one process of the month stands on, and its OneFile, with rules that a test may have broken. */
export type MonthPorts = Omit<RolePorts, 'topics' | 'vendors' | 'meter'> & {
  readonly topics: Pick<RolePorts['topics'], 'publishObservations' | 'publishLinks'>;
  readonly meter: MemoryMeter;
  readonly vendor: OpenVendor;
};

export function openPorts(world: MonthWorld, process: Process): MonthPorts {
  const { clock, random, topics } = world;
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
      publishLinks: live(async (...links: Parameters<typeof topics.publishLinks>) => {
        await think();
        topics.publishLinks(...links);
      }),
    },
    clock: {
      nowMs: clock.nowMs,
      chance: random.chance,
      sleep: live((ms: number, signal?: AbortSignal) => clock.sleep(ms, signal).catch(() => {})),
    },
    openCredential: createMemoryCredentials(),
    meter: new MemoryMeter(),
    log: silentLog,
  };
  return { ...ports, vendor: openVendor(world, process, ports) };
}

/** The product's OneFile over the month's own model of its client. */
function openVendor(world: MonthWorld, { live }: Process, ports: Omit<MonthPorts, 'vendor'>): OpenVendor {
  const { clock, random, rules, settings } = world;
  const { shared, vendors } = roleSettings(world);
  const configured = vendors['onefile'];
  if (configured?.kind !== 'enabled') throw new Error('the month has no OneFile');
  const model = createOneFileModel(world.oneFile);
  const refuse = (): never => {
    throw new Error('the month asks nothing of the kind');
  };
  const client: OneFileClient = {
    ...model,
    readPlacements: refuse,
    searchOwners: refuse,
    testConnection: refuse,
    close: async () => {},
  };
  const opened = openOneFile(
    { configured, shared, ...ports },
    {
      section: configured.settings as OneFileSection,
      settings,
      client,
      budget: { take: async () => ({ waitedMs: 0 }), pauseUntil: async () => {} },
      address: 'onefile',
      close: async () => {},
    },
  );
  return {
    ...opened,
    evaluate: async (view) => rules.evaluate(await opened.evaluate(view), view),
    readKnowledge: async (items) => {
      const known = await opened.readKnowledge(items);
      return known.map((one, index) => {
        const item = items[index];
        if (item?.kind !== 'observation') return one;
        return { ...one, decide: (rows) => rules.decideRow(one.decide(rows), item.observation) };
      });
    },
    reserveCall: live(async () => {
      // Now and then the budget is gone, and what wants to call waits for the next window.
      const waitedMs = random.chance() < 0.02 ? random.below(60_000) : random.below(30);
      await clock.sleep(waitedMs);
      return { waitedMs };
    }),
    execute: live((call: Call, context: CallContext) => opened.execute(call, context)),
    resolve: live(async (...given: Parameters<OpenVendor['resolve']>) =>
      rules.resolve(await opened.resolve(...given)),
    ),
    readPage: live(opened.readPage),
  };
}
