import type { Run } from '../../../src/domain/run.ts';
import { contextOf } from '../../../src/roles/role.ts';
import { type Collected, planRun } from '../../../src/runs/plan.ts';
import { collectConcerned } from '../../../src/runs/source.ts';
import type { OpenVendor } from '../../../src/vendors/vendor.ts';
import { oneFileRoleSettings } from '../../memory/onefile.ts';
import type { MemoryPorts } from '../../memory/ports.ts';
import { openManyLearners } from './many-learners.ts';

/*
 * A process of its own, so that the memory that is measured is the plan's alone. What it plans it
 * counts and lets go, as the sync database would have it.
 */

const learnerCount = Number(process.argv[2]);
const tenths = 10;
const step = learnerCount / tenths;
const MiB = 1024 ** 2;

export type PlannerReading = {
  readonly learners: number;
  /** Of these, so many without a link. */
  readonly unlinked: number;
  /** Learners with something to do. */
  readonly work: number;
  readonly lines: number;
  /** Growth of the heap with a tenth of the learners that the topics speak of, before any is looked at. */
  readonly collectedMiB: number;
  /** Growth of the heap with a tenth of the learners planned, after the first. */
  readonly grownMiB: number;
  /** Largest resident size of the process. */
  readonly peakMiB: number;
  /** What of it came after the first tenth was planned. */
  readonly peakGrownMiB: number;
  readonly collectSeconds: number;
  readonly planSeconds: number;
};

const site = await openManyLearners(learnerCount);
const { ports } = site;
const vendor = await openVendor(ports);
const run = await askForReplay(ports);
const signal = new AbortController().signal;

const before = readMemory();
const collected = await time(async (): Promise<Collected> => {
  const asked = { tables: vendor.tables, start: { kind: 'beginning' } as const };
  const { lanes, completed } = await collectConcerned({ ...ports, ...site.source, vendor }, asked, signal);
  return { lanes, completed, links: new Map() };
});
const seen = [readMemory()];
const planned = await time(() => plan(collected.value));
process.stdout.write(`${JSON.stringify(read())}\n`);

async function time<T>(act: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const beganMs = performance.now();
  const value = await act();
  return { value, seconds: (performance.now() - beganMs) / 1000 };
}

/** What opening calls goes to the simulator in this process, on the virtual clock. */
async function openVendor(given: MemoryPorts): Promise<OpenVendor> {
  const settings = oneFileRoleSettings({ nearRealTime: false }, { polling: 'off', callsPerMinute: 30_000 });
  const [known] = given.vendors;
  const open = await known?.open(contextOf(known, given, settings));
  if (open === undefined || open === null) throw new Error('OneFile was not opened');
  return open;
}

async function askForReplay({ store }: MemoryPorts): Promise<Run> {
  const order = {
    kind: 'replay',
    filter: {},
    start: { kind: 'beginning' },
    topics: [],
    readsVendor: false,
  } as const;
  return store.runs.ask({ vendor: 'onefile', centre: '301', request: 'bench', order, by: 'bench' });
}

/** The items are counted, and the heap is read after each tenth of them. */
async function plan(whom: Collected) {
  const { store, clock } = ports;
  const { pics, ledger } = site;
  let itemCount = 0;
  const runs = {
    ...store.runs,
    addItems: async (_id: number, items: readonly unknown[]): Promise<void> => {
      if (Math.floor((itemCount + items.length) / step) > Math.floor(itemCount / step))
        seen.push(readMemory());
      itemCount += items.length;
    },
  };
  const end = await planRun(
    { vendor, pics, store: { runs }, ledger, clock, keepAudited: async () => {} },
    run,
    whom,
    { share: 0.3, mayGoOn: async () => true, signal },
  );
  if (end.kind === 'left') throw new Error('the plan was not made');
  return end.plan;
}

/** What is left of the heap after a collection, and the largest resident size so far, MiB. */
function readMemory(): { readonly heapMiB: number; readonly peakMiB: number } {
  globalThis.gc?.();
  return { heapMiB: process.memoryUsage().heapUsed / MiB, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

function read(): PlannerReading {
  const { learners, equal, unlinked, counts } = planned.value;
  const [collectedAll, first, last] = [seen[0] ?? before, seen[1] ?? before, seen.at(-1) ?? before];
  return {
    learners,
    unlinked,
    work: learners - equal,
    lines: Object.values(counts).reduce((sum, count) => sum + count, 0),
    collectedMiB: (collectedAll.heapMiB - before.heapMiB) / tenths,
    grownMiB: (last.heapMiB - first.heapMiB) / (tenths - 1),
    peakMiB: last.peakMiB,
    peakGrownMiB: last.peakMiB - first.peakMiB,
    collectSeconds: collected.seconds,
    planSeconds: planned.seconds,
  };
}
