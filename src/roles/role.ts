import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Config } from '../config/config.ts';
import type { Health } from '../ops/health.ts';
import type { StatusHolder } from './status-holder.ts';

export const roleNames = ['outbound', 'poller', 'reconciler', 'ops'] as const;
export type RoleName = (typeof roleNames)[number];

/** What the frame lends to a role. Connections are the role's own: it opens and closes them. */
export type RoleContext = {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  /** Where the ops role lays its status document. */
  readonly status: StatusHolder;
};

/**
 * A role of the process: works until the signal aborts, then finishes what it holds and returns.
 *
 * It throws when what it stands on is gone; the supervisor starts it again from the beginning.
 */
export type Role = (context: RoleContext, signal: AbortSignal) => Promise<void>;
