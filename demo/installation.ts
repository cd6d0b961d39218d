import { rmSync } from 'node:fs';
import path from 'node:path';
import { toExternalParts } from '../stack/addresses.ts';
import { type RunningStack, type StartProgress, startStack } from '../stack/start-stack.ts';
import {
  type Deployment,
  deploy,
  type RoleName,
  type RoleProcess,
} from '../test/support/deployment/deployment.ts';
import type { DemoOptions } from './options.ts';
import type { Phases } from './screen.ts';
import { fallbackClassroomId } from './story/enrolment.ts';
import { findPerson, type Scene } from './story/scene.ts';
import { met, unmet, waitFor } from './story/teller.ts';

export const projectDir = path.resolve(import.meta.dirname, '..');
/** Configuration and logs; they stay when something went wrong. */
export const filesDir = path.join(projectDir, '.local', 'demo');

/** Everything that runs. */
export type DemoSystem = RunningRoles & { readonly stack: RunningStack };

type StartPlan = {
  readonly options: DemoOptions;
  readonly phases: Phases;
  readonly cleanUp: AsyncDisposableStack;
  readonly signal: AbortSignal;
};

/** Starts everything the story needs. All that was started is in `cleanUp`, also when this throws. */
export async function startAll({ options, phases, cleanUp, signal }: StartPlan): Promise<DemoSystem> {
  const isBorrowed = Object.keys(toExternalParts(process.env)).length > 0;
  const stackTitle = isBorrowed
    ? 'the given parts are checked, the others started'
    : 'Kafka, Connect, registry, PostgreSQL and Redis are started';
  const stack = await phases.run(stackTitle, async (detail) => {
    const started = await startStack({
      name: 'demo',
      owner: 'this-process',
      discard: true,
      onProgress: (progress) => detail(detailOf(progress)),
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
    `PICS, simulators of both vendors and the sync database, with ${options.learners} learners`,
    async (detail) => {
      const deployed = await deploy({
        stack: stack.addresses,
        name,
        directory: filesDir,
        inputs: { learners: options.learners, seed: options.seed },
        settings: {
          onefile: { fallbackClassroomId },
          // Smart Assessor tells nobody of its changes: it is read again and again.
          'smart-assessor': { welcomeEmail: 'on', pollIntervalS: 2, callsPerMinute: 600 },
        },
        hasSmartAssessor: true,
        appliesConnector: false,
        enablesVendors: false,
        onStep: detail,
      });
      cleanUp.use(deployed);
      deployed.keepsFiles = true; // how the story went decides
      return deployed;
    },
  );
  signal.throwIfAborted();
  return { stack, ...(await startRoles({ installation, phases, signal })) };
}

function detailOf(progress: StartProgress): string {
  if (progress.kind === 'fetching') return `downloads (once): ${progress.detail}`;
  if (progress.kind === 'fetched') return 'downloads are complete';
  return `${progress.report.part} ${progress.report.status}`;
}

type RunningRoles = {
  readonly scene: Scene;
  /** The process that runs at present in each role. */
  readonly roles: ReadonlyMap<RoleName, () => RoleProcess>;
};

type RolesPlan = { readonly installation: Deployment; readonly phases: Phases; readonly signal: AbortSignal };

/** Starts a process for each role, and the connector, side by side. */
async function startRoles({ installation, phases, signal }: RolesPlan): Promise<RunningRoles> {
  const start = (role: RoleName): Promise<RoleProcess> => startReady(installation, role);
  const [first, poller, reconciler, ops] = await phases.run(
    'outbound, poller, reconciler and ops, a process each; the connector',
    (detail) => {
      detail('starting');
      const connector = installation.mustCli('connector', 'apply');
      return Promise.all([start('outbound'), start('poller'), start('reconciler'), start('ops'), connector]);
    },
  );
  let outbound = first;
  await phases.run('capture follows PICS', () => waitUntilCaptured(installation, signal));
  const scene: Scene = {
    installation,
    signal,
    begin: { since: 0, held: 0 },
    outbound: () => outbound,
    startOutbound: async () => {
      outbound = await start('outbound');
    },
    person: (ident) => findPerson(installation, ident),
  };
  const roles = new Map([
    ['outbound', () => outbound],
    ['poller', () => poller],
    ['reconciler', () => reconciler],
    ['ops', () => ops],
  ] as const);
  return { scene, roles };
}

/** How many groups of consumers a role joins while vendors are disabled: commands of each are taken, answers written. */
const groups = { outbound: 2, poller: 0, reconciler: 1, ops: 0 } as const;

/** Starts a role and waits until it has its partitions: before, it would only look as if it were slow. */
async function startReady(installation: Deployment, role: RoleName): Promise<RoleProcess> {
  const running = await installation.startRoles(role);
  const assigned = Array(groups[role]).fill('partitions assigned').join('[^]*');
  await running.waitForLine(new RegExp(assigned), 60_000);
  return running;
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
