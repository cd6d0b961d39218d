import { sleep } from '../base/sleep.ts';

/** `detail` is a code or a short sentence without personal data. */
export type HealthState = { readonly isOk: boolean; readonly detail: string };
export type HealthCheck = () => HealthState | Promise<HealthState>;

export type HealthReport = {
  readonly isOk: boolean;
  readonly checks: Readonly<Record<string, HealthState>>;
};

/**
 * What a process knows of its own state.
 *
 * `live`: false means that only a restart helps. `ready`: false means that it waits for something.
 */
export type Health = {
  /** The same name again replaces the check: a flow that is started anew registers anew. */
  register(kind: 'live' | 'ready', name: string, check: HealthCheck): void;
  read(kind: 'live' | 'ready'): Promise<HealthReport>;
};

export function createHealth({ timeoutMs = 2_000 }: { timeoutMs?: number } = {}): Health {
  const checks = { live: new Map<string, HealthCheck>(), ready: new Map<string, HealthCheck>() };
  return {
    register: (kind, name, check) => void checks[kind].set(name, check),
    async read(kind) {
      const entries = await Promise.all(
        [...checks[kind]].map(async ([name, check]) => [name, await ask(check, timeoutMs)] as const),
      );
      return { isOk: entries.every(([, state]) => state.isOk), checks: Object.fromEntries(entries) };
    },
  };
}

async function ask(check: HealthCheck, timeoutMs: number): Promise<HealthState> {
  const late = new AbortController();
  const timeout = sleep(timeoutMs, late.signal).then(() => ({ isOk: false, detail: 'no answer in time' }));
  try {
    return await Promise.race([check(), timeout]);
  } catch {
    return { isOk: false, detail: 'the check failed' };
  } finally {
    late.abort();
  }
}
