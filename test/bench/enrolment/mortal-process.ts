import type { CallBudget, OpenCredential, Store, Topics } from '../../../src/domain/ports.ts';
import { runOutbound } from '../../../src/roles/outbound.ts';
import type { RoleSettings } from '../../../src/roles/role.ts';
import type { OpenVendor, Vendor } from '../../../src/vendors/vendor.ts';
import type { MemoryPorts } from '../../memory/ports.ts';

/** Where the process dies: before its n-th reading while it plans, or at its n-th step, before or after it is made. */
export type DeathPoint = { readonly at: 'reading' | 'step begun' | 'step answered'; readonly n: number };

/** How often processes came by each place. */
export type Met = Record<DeathPoint['at'], number>;

/** When the present process is to die; null = not at all. Used up by dying. */
export type Fate = { death: DeathPoint | null; readonly met: Met };

export type Process = {
  readonly died: Promise<'died'>;
  /** Rejects when the role ends although the process lives. */
  readonly failed: Promise<never>;
  readonly kill: () => void;
};

export type ProcessSetup = {
  /** Its own databases and topics outlive it. */
  readonly ports: MemoryPorts;
  readonly settings: RoleSettings;
  readonly fate: Fate;
};

/** The outbound role in a process that can die. */
export function startProcess({ ports, settings, fate }: ProcessSetup): Process {
  const life = new Life(fate);
  const { clock, vendors } = ports;
  const running = runOutbound(
    {
      ...ports,
      pics: mortal(ports.pics, life),
      store: mortalStore(ports.store, life),
      topics: mortalTopics(ports.topics, life),
      clock: {
        nowMs: () => clock.nowMs(),
        steadyMs: () => clock.steadyMs(),
        chance: () => clock.chance(),
        sleep: (ms, signal) => life.within(() => clock.sleep(ms, signal)),
      },
      openCredential: mortalCredentials(ports.openCredential, life),
      vendors: vendors.map((vendor) => mortalVendor(vendor, life)),
    },
    settings,
    new AbortController().signal,
  );
  const failed = running.then(() => {
    throw new Error('the outbound role has ended by itself');
  });
  failed.catch(() => {});
  return {
    died: life.died.then(() => 'died'),
    failed,
    kill: () => life.end(),
  };
}

/**
 * As kill -9: nothing the process still wants to do happens, and it hears of nothing any more; a call it has sent is done
 * all the same.
 */
class Life {
  readonly #fate: Fate;
  readonly #ended = new AbortController();
  readonly died: Promise<void>;

  constructor(fate: Fate) {
    this.#fate = fate;
    this.died = new Promise((resolve) => this.signal.addEventListener('abort', () => resolve()));
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  end(): void {
    this.#ended.abort(new Error('killed'));
  }

  /** Does something for the process as long as it lives; a dead one hears nothing of it any more. */
  async within<T>(act: () => T | Promise<T>): Promise<T> {
    if (this.signal.aborted) return never();
    try {
      const result = await act();
      return this.signal.aborted ? never() : result;
    } catch (error) {
      if (this.signal.aborted) return never();
      throw error;
    }
  }

  /** The process comes by a place where it may have to die. */
  async meet(at: DeathPoint['at']): Promise<void> {
    if (this.signal.aborted) return never();
    const { met, death } = this.#fate;
    met[at] += 1;
    if (death?.at !== at || death.n !== met[at]) return;
    this.#fate.death = null;
    this.end();
    return never();
  }
}

/** A port, and the groups of functions in it, for a process that can die. */
function mortal<T extends object>(port: T, life: Life): T {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === 'object' && value !== null) return mortal(value, life);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (life.signal.aborted) return never();
        const result: unknown = Reflect.apply(value, target, args);
        return result instanceof Promise ? life.within(() => result) : result;
      };
    },
  });
}

/** The session of a dead worker ends at once, as at the real database; the worker does not hear of it. */
function mortalStore(store: MemoryPorts['store'], life: Life): Store {
  const port: Store = mortal(store, life);
  const joinAsWorker: Store['joinAsWorker'] = () =>
    life.within(async () => {
      const { worker, close } = await store.joinAsWorker();
      life.signal.addEventListener('abort', () => store.lose(worker), { once: true });
      return { worker, close, lost: new AbortController().signal };
    });
  return new Proxy(port, {
    get: (target, name) => (name === 'joinAsWorker' ? joinAsWorker : Reflect.get(target, name)),
  });
}

/** A dead member leaves its groups, and what it had in hand stays uncommitted. */
function mortalTopics(topics: Topics, life: Life): Topics {
  const port = mortal(topics, life);
  const untilDeath = <T>(work: Promise<T>): Promise<T> =>
    Promise.race([
      work,
      life.died.then(() => {
        throw new Error('killed');
      }),
    ]);
  return {
    publishObservations: port.publishObservations,
    publishLinks: port.publishLinks,
    publishResult: port.publishResult,
    publishCanary: port.publishCanary,
    consumeItems: port.consumeItems,
    readChangesThrough: port.readChangesThrough,
    readItemsThrough: port.readItemsThrough,
    consumeChanges: (subscription, handle, signal) =>
      port.consumeChanges(
        subscription,
        (decoded, recordedAtMs) => {
          const handled = handle(decoded, recordedAtMs);
          return handled instanceof Promise ? untilDeath(handled) : handled;
        },
        AbortSignal.any([signal, life.signal]),
      ),
  };
}

/** Every call is granted at once, and is a place to die. */
function mortalCredentials(open: OpenCredential, life: Life): OpenCredential {
  const take: CallBudget['take'] = async (priority, signal) => {
    // The list of the centre's assessors is read beside the work: no enrolment begins it or waits for it.
    const isBeside = priority === 'live' && signal === undefined;
    if (!isBeside) await life.meet('reading');
    return life.within(() => ({ waitedMs: 0 }));
  };
  return (options) => {
    const { sessions, close } = open(options);
    return { budget: { take, pauseFor: async () => {} }, sessions: mortal(sessions, life), close };
  };
}

/** The engine's own right to call costs nothing here, so that its budget counts what is read beyond the steps. */
function mortalVendor(vendor: Vendor, life: Life): Vendor {
  return {
    ...vendor,
    open: async (context) => {
      const open = await vendor.open(context);
      if (open === null) return null;
      const execute: OpenVendor['execute'] = async (call, callContext) => {
        await life.meet('step begun');
        const result = await open.execute(call, callContext);
        await life.meet('step answered');
        return result;
      };
      return {
        ...open,
        reserveCall: () => life.within(() => ({ waitedMs: 0 })),
        execute,
        resolve: (intent, callContext) => life.within(() => open.resolve(intent, callContext)),
      };
    },
  };
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
