import { runOps } from './ops.ts';
import { runOutbound } from './outbound.ts';
import { runPoller } from './poller.ts';
import { runReconciler } from './reconciler.ts';
import type { Role, RoleName } from './role.ts';

/** What `pics-sync run` can start. */
export const roles: Readonly<Record<RoleName, Role>> = {
  outbound: runOutbound,
  poller: runPoller,
  reconciler: runReconciler,
  ops: runOps,
};
