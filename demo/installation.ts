import { rmSync } from 'node:fs';
import path from 'node:path';
import { toExternalParts } from '../stack/addresses.ts';
import { type RunningStack, type StartProgress, startStack } from '../stack/start-stack.ts';
import { type Deployment, deploy, type RoleProcess } from '../test/support/deployment/deployment.ts';
import type { DemoOptions } from './options.ts';
import type { Phases } from './phases.ts';
import { findPerson, type Person, type Scene } from './story/scene.ts';
import { met, unmet, waitFor } from './wait-for.ts';

export const projectDir = path.resolve(import.meta.dirname, '..');
const filesDir = path.join(projectDir, '.local', 'demo');

export type Started = {
  readonly scene: Scene;
  readonly stack: RunningStack;
  readonly roles: ReadonlyMap<string, () => RoleProcess>;
};

type StartParts = {
  readonly options: DemoOptions;
  readonly phases: Phases;
  readonly cleanUp: AsyncDisposableStack;
  readonly signal: AbortSignal;
};

/** Starts everything the story needs. Whatever was started is in `cleanUp`, also when this throws. */
export async function startAll({ options, phases, cleanUp, signal }: StartParts): Promise<Started> {
  const isBorrowed = Object.keys(toExternalParts(process.env)).length > 0;
  const stackTitle = isBorrowed
    ? 'the given parts are checked, the others started'
    : 'Kafka, Connect, registry, PostgreSQL and Redis are started';
  const stack = await phases.run(stackTitle, async (detail) => {
    const started = await startStack({
      name: 'demo',
      owner: 'this-process',
      discard: true,
      onProgress: (progress) => detail(toDetail(progress)),
      signal,
    });
    cleanUp.defer(() => started.stop());
    return started;
  });
  signal.throwIfAborted();
  rmSync(filesDir, { recursive: true, force: true });
  // Borrowed parts may be in use by others: names of our own.
  const name = isBorrowed ? `demo${Date.now().toString(36)}` : 'demo';
  const installation = await phases.run(
    `PICS, OneFile's simulator and the sync database, with ${options.learners} learners`,
    async (detail) => {
      const deployed = await deploy({
        stack: stack.addresses,
        name,
        directory: filesDir,
        inputs: { learners: options.learners, seed: options.seed },
        appliesConnector: false,
        onStep: detail,
      });
      cleanUp.use(deployed);
      return deployed;
    },
  );
  signal.throwIfAborted();
  return { stack, ...(await startRoles({ installation, phases, signal })) };
}

function toDetail(progress: StartProgress): string {
  if (progress.kind === 'fetching') return `downloads (once): ${progress.detail}`;
  if (progress.kind === 'fetched') return 'downloads are complete';
  return `${progress.report.part} ${progress.report.status}`;
}

type Installed = { installation: Deployment; phases: Phases; signal: AbortSignal };

async function startRoles({ installation, phases, signal }: Installed) {
  const others = ['poller', 'reconciler', 'ops'] as const;
  let outbound: RoleProcess | null = null;
  const startOutbound = async (): Promise<RoleProcess> => {
    outbound = await startReady(installation, 'outbound');
    return outbound;
  };
  const started = await phases.run(
    'the connector is applied; outbound, poller, reconciler and ops are started',
    () =>
      Promise.all([
        startOutbound(),
        ...others.map((role) => startReady(installation, role)),
        installation.mustCli('connector', 'apply'),
      ]),
  );
  await phases.run('capture follows PICS', () => waitUntilCaptured(installation, signal));
  const roles = new Map<string, () => RoleProcess>([['outbound', () => outbound as RoleProcess]]);
  others.forEach((role, index) => {
    const running = started[index + 1] as RoleProcess;
    roles.set(role, () => running);
  });
  const people = new Map<string, Person>();
  const scene: Scene = {
    installation,
    signal,
    outbound: () => outbound as RoleProcess,
    startOutbound,
    person: (ident) => {
      const known = people.get(ident) ?? findPerson(installation, ident);
      people.set(ident, known);
      return known;
    },
  };
  return { scene, roles };
}

/** Debezium copies the tables as they are before it follows their changes; from then on the slot is in use. */
async function waitUntilCaptured({ pics, name }: Deployment, signal: AbortSignal): Promise<void> {
  const look = async () => {
    const { rows } = await pics.query<{ active: boolean }>(
      'select active from pg_replication_slots where slot_name = $1',
      [name],
    );
    return rows[0]?.active ? met('in use', null) : unmet('not in use');
  };
  const last = await waitFor(look, { withinMs: 60_000, signal });
  if (!last.isMet) throw new Error('The connector does not follow PICS after 60 s.');
}

/** Starts a role and waits until it has its partitions: before, it would only look as if it were slow. */
async function startReady(installation: Deployment, role: 'outbound' | 'poller' | 'reconciler' | 'ops') {
  const running = await installation.startRoles(role);
  const groups = { outbound: 2, poller: 1, reconciler: 1, ops: 0 }[role];
  const assigned = new RegExp(Array(groups).fill('partitions assigned').join('[^]*'));
  await running.waitForLine(assigned, 60_000);
  return running;
}
