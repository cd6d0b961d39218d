import type { VendorName } from '../../../src/domain/vendor-name.ts';
import type { RolePorts } from '../../../src/roles/role.ts';
import { Killed, type MemoryPics } from '../../memory/pics.ts';
import type { MemoryStore } from '../../memory/store.ts';

type Effect = (...args: unknown[]) => unknown;

/**
 * A process that can be killed as by kill -9: nothing it still wants to do happens. What it has sent is on its way and
 * arrives. It can also be asked to stop, as by SIGTERM: it ends what it has begun, and is dead then.
 */
export class Process {
  readonly died: Promise<'died'>;
  /** Its place in the ledger, once it has one. */
  place: number | null = null;
  hasLostItsPlace = false;
  readonly #stopping = new AbortController();
  #isAlive = true;
  #die: (value: 'died') => void = () => {};
  readonly id: number;
  /** How far its clock is ahead of the others', in milliseconds: clocks differ, by less than a role accepts. */
  readonly clockOffsetMs: number;

  constructor(id: number, clockOffsetMs: number) {
    this.id = id;
    this.clockOffsetMs = clockOffsetMs;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Aborted when the process is asked to stop. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  stop(): void {
    this.#stopping.abort(new Error('asked to stop'));
  }

  kill(): void {
    this.#isAlive = false;
    this.#die('died');
  }

  /** An effect that happens, and whose answer comes back, only while the process lives; afterwards it never ends. */
  readonly live =
    <A extends unknown[], R>(effect: (...args: A) => R | Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!this.#isAlive) return never();
      const result = await effect(...args);
      return this.#isAlive ? result : never();
    };

  /** The same for what must let go of what it holds: it ends with a fault. */
  readonly mortal =
    <A extends unknown[], R>(effect: (...args: A) => R | Promise<R>) =>
    async (...args: A): Promise<R> => {
      this.check();
      const result = await effect(...args);
      this.check();
      return result;
    };

  check(): void {
    if (!this.#isAlive) throw new Killed();
  }
}

/** An object whose functions pass through `guard`, in groups of functions too. */
function guarded<T extends object>(object: T, guard: (effect: Effect) => Effect): T {
  return new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === 'function') return guard(value.bind(target) as Effect);
      return typeof value === 'object' && value !== null ? guarded(value, guard) : value;
    },
  });
}

/** How a process reaches its databases: `think` is the time before each statement. */
export type Reach = {
  readonly process: Process;
  readonly pics: MemoryPics;
  readonly store: MemoryStore;
  readonly think: () => Promise<void>;
};

/**
 * PICS and the sync database as one process has them. When the process is killed, its place among those that send is
 * lost, and a transaction it has open is rolled back.
 */
export function databasesOf({ process, pics, store, think }: Reach): Pick<RolePorts, 'pics' | 'store'> {
  const after = (effect: Effect): Effect =>
    process.live(async (...args: unknown[]) => {
      await think();
      return effect(...args);
    });
  const livingPics = guarded(pics, after);
  const livingStore = guarded(store, after);
  return {
    pics: Object.assign(Object.create(livingPics) as typeof livingPics, {
      openTransactions: (vendor: VendorName) => {
        const withTransaction = pics.openTransactions(vendor);
        return process.mortal((run: Parameters<typeof withTransaction>[0]) =>
          withTransaction(async (transaction) => {
            const end = await run(transaction);
            process.check();
            return end;
          }),
        );
      },
    }),
    store: Object.assign(Object.create(livingStore) as typeof livingStore, {
      joinAsWorker: async () => {
        const place = await store.joinAsWorker();
        process.place = place.worker;
        void process.died.then(() => store.lose(place.worker));
        return place;
      },
      polling: {
        ...store.polling,
        open: (options: Parameters<typeof store.polling.open>[0]) =>
          guarded(store.polling.open(options), (effect) => process.live(effect)),
      },
    }),
  };
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
