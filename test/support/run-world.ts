import { superviseAll } from '../../src/base/supervise.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { RequestRow } from '../../src/domain/request.ts';
import type { Run, RunItem } from '../../src/domain/run.ts';
import { runOutbound } from '../../src/roles/outbound.ts';
import { runPoller } from '../../src/roles/poller.ts';
import { runReconciler } from '../../src/roles/reconciler.ts';
import type { Role } from '../../src/roles/role.ts';
import type { OneFileSettings } from '../../src/vendors/onefile/rules/settings.ts';
import { createVirtualClock } from '../memory/clock.ts';
import { control } from '../memory/door.ts';
import { confirmedFor, createMemoryOneFile, oneFileRoleSettings } from '../memory/onefile.ts';
import { createMemoryPorts } from '../memory/ports.ts';
import { settle } from '../memory/settle.ts';

export type RunWorldSetup = {
  readonly learners: readonly Learner[];
  readonly officers?: readonly { readonly code: string; readonly [field: string]: Json }[];
  readonly records: Json;
  readonly settings?: Partial<OneFileSettings>;
};

/**
 * The product's roles on memory ports with OneFile's simulator, where a person plans, approves and stops runs. OneFile is
 * polled in full passes alone, so that a difference which the test makes stays until something looks at it.
 */
export async function openRunWorld({
  learners,
  officers = [],
  records,
  settings: wanted = {},
}: RunWorldSetup) {
  const { clock, virtual } = createVirtualClock();
  const settings = oneFileRoleSettings(
    { nearRealTime: false, ...wanted },
    { polling: 'off', callsPerMinute: 30_000 },
  );
  const { vendor, simulator } = createMemoryOneFile({
    clock,
    records,
    switches: { 'rate-limit': 1_000_000 },
  });
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners });
  for (const officer of officers) ports.pics.putOfficer(officer as never);
  let stop = new AbortController();
  let flows: Promise<unknown> = Promise.resolve();
  const start = (): void => {
    stop = new AbortController();
    const { signal } = stop;
    const flow = (role: Role) => (end: AbortSignal) => role(ports, settings, end);
    flows = superviseAll(
      { outbound: flow(runOutbound), poller: flow(runPoller), reconciler: flow(runReconciler) },
      {
        signal,
        log: ports.log,
        sleep: (ms, end) => clock.sleep(ms, end),
        nowMs: clock.nowMs,
        onRestart: () => {},
      },
    );
    flows.catch(() => {});
  };
  await ports.store.vendors.enable({
    ...{ vendor: 'onefile', by: 'test', confirmed: confirmedFor(wanted.centreId), isSyncDue: false },
  });
  start();
  let requestCount = 0;
  let takenCount = 0;
  const settled = (): Promise<void> => virtual.runUntil(settle(ports));
  const writes = (): readonly string[] =>
    simulator
      .calls()
      .filter(({ method, path }) => method !== 'GET' && !/authentication|search/i.test(path))
      .map(({ method, path }) => `${method} ${path}`);
  const give = async (kind: string, payload: JsonObject): Promise<RequestRow> => {
    requestCount += 1;
    const id = `request-${requestCount}`;
    ports.pics.insertRequest({ id, kind, vendor: 'onefile', ident: null, payload, requestedBy: 'ann' });
    await settled();
    const row = await ports.pics.readRequest(id);
    if (row === null) throw new Error('the request is gone');
    return row;
  };
  const read = async (id: number): Promise<Run> => {
    const run = await ports.store.runs.read(id);
    if (run === null) throw new Error(`there is no run ${id}`);
    return run;
  };
  const passMs = (ms: number): Promise<void> => virtual.runUntil(clock.sleep(ms));
  return {
    ports,
    pics: ports.pics,
    store: ports.store,
    give,
    settled,
    passMs,
    read,
    items: (id: number): Promise<readonly RunItem[]> =>
      ports.store.runs.listItems(id, {}, { afterIdent: null, limit: 1_000 }),
    /** Waits until the run is no longer on its way; an hour at most. */
    until: async (id: number, isThere: (run: Run) => boolean): Promise<Run> => {
      for (let tries = 0; tries < 3_600; tries += 1) {
        const run = await read(id);
        if (isThere(run)) return run;
        await passMs(1_000);
      }
      throw new Error(`run ${id} is ${(await read(id)).state} after an hour`);
    },
    control: (method: string, path: string, body?: Json): Json => control(simulator, method, path, body),
    /** What was written to OneFile since the last time. */
    takeWrites: (): readonly string[] => {
      const all = writes();
      const fresh = all.slice(takenCount);
      takenCount = all.length;
      return fresh;
    },
    /** As a process that is killed: nothing that it has in hand is given back. */
    restart: async (): Promise<void> => {
      stop.abort(new Error('the process ends'));
      await virtual.runUntil(flows.catch(() => {}));
      start();
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      stop.abort(new Error('the test ends'));
      await virtual.runUntil(flows.catch(() => {}));
    },
  };
}

export type RunWorld = Awaited<ReturnType<typeof openRunWorld>>;
