import type { Deployment, RoleName, RoleProcess } from '../test/support/deployment/deployment.ts';
import type { Phases } from './phases.ts';
import { findPerson, type Scene } from './story/scene.ts';
import { met, unmet, waitFor } from './wait-for.ts';

export type Started = {
  readonly scene: Scene;
  /** Who runs at present in each role. */
  readonly roles: ReadonlyMap<RoleName, () => RoleProcess>;
};

type Parts = { readonly installation: Deployment; readonly phases: Phases; readonly signal: AbortSignal };

/** Starts a process for each role, and the connector, side by side. */
export async function startRoles({ installation, phases, signal }: Parts): Promise<Started> {
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

/** How many groups of consumers a role joins while OneFile is disabled: commands are taken, answers are written. */
const groups = { outbound: 1, poller: 0, reconciler: 1, ops: 0 } as const;

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
