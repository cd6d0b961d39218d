import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { CallWindow, Counts, Grants, WindowLimits } from './call-window.ts';
import { grantScript, pauseScript } from './call-window-script.ts';
import { withinTime } from './client.ts';
import { runScript } from './script.ts';

export type SharedGrants = Grants & { readonly pausedForMs: number; readonly used: Counts };

export type SharedWindow = {
  /** Rejects when Redis is away or slow. */
  readonly grant: (wanted: Counts) => Promise<SharedGrants>;
  readonly pause: (durationMs: number) => Promise<void>;
};

export type SharedWindowOptions = {
  readonly redis: Redis;
  /** Beginning of the key names; holds a digest of the credential, never the credential. */
  readonly keyPrefix: string;
  readonly limits: WindowLimits;
  readonly timeoutMs: number;
  /** This process's own record of what it was granted: what Redis does not know is told to it from here. */
  readonly own: CallWindow;
  readonly nowMs: () => number;
};

/** The first connection is made at the first use: for so long that is not taken for a Redis that is away. */
const firstConnectMs = 2_000;

/** The window that all processes of a credential share. */
export function createSharedWindow(options: SharedWindowOptions): SharedWindow {
  const { redis, limits, own, nowMs, timeoutMs, keyPrefix } = options;
  const keys = [`${keyPrefix}:calls`, `${keyPrefix}:state`, `${keyPrefix}:waiting`];
  const process = randomUUID();
  let born = '';
  let answeredAtMs = Number.NEGATIVE_INFINITY;
  let firstUsedAtMs: number | null = null;

  function toConnectMs(): number {
    firstUsedAtMs ??= nowMs();
    return Math.max(timeoutMs, firstUsedAtMs + firstConnectMs - nowMs());
  }

  async function ask(wanted: Counts): Promise<{ isNew: boolean; grants: SharedGrants }> {
    // A state nobody has used for long is dropped by Redis: that is no loss, there was nothing left in it.
    const known = nowMs() - answeredAtMs < 2 * limits.windowMs ? born : '';
    const reports = own.unreported(nowMs()).flatMap(({ ageMs, counts }) => [ageMs, ...counts]);
    const { limit, windowMs, grainMs, burstMs, minimum, maximum } = limits;
    const args = [limit, windowMs, grainMs, burstMs, ...minimum, ...maximum, ...wanted, process, known];
    const act = (client: Redis) => runScript(client, grantScript, { keys, args: [...args, ...reports] });
    const answer = await withinTime(redis, timeoutMs, act, toConnectMs());
    const [bornNow, isNew, pausedForMs, waitMs, ...numbers] = answer as [string, ...number[]];
    own.setReported(true);
    born = bornNow;
    answeredAtMs = nowMs();
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = numbers;
    const grants: SharedGrants = {
      ...{ granted: [a, b, c, d], used: [e, f, g, h] },
      ...{ waitMs: waitMs ?? 0, pausedForMs: pausedForMs ?? 0 },
    };
    return { isNew: isNew === 1, grants };
  }

  return {
    grant: async (wanted) => {
      let { isNew, grants } = await ask(wanted);
      if (isNew) {
        // Redis was wiped: it learns from each process what that one was granted, before it grants anything.
        own.setReported(false);
        ({ grants } = await ask(wanted));
      }
      own.record(nowMs(), grants.granted, true);
      return grants;
    },
    pause: async (durationMs) => {
      await withinTime(redis, timeoutMs, (client) =>
        runScript(client, pauseScript, { keys: [`${keyPrefix}:state`], args: [Math.ceil(durationMs)] }),
      );
    },
  };
}
