import { Killed } from '../../memory/pics.ts';

/**
 * A process that can be killed as by kill -9: nothing it still wants to do happens.
 *
 * What it has sent is on its way and arrives.
 */
export class Process {
  readonly died: Promise<'died'>;
  #isAlive = true;
  #die: (value: 'died') => void = () => {};
  readonly id: number;

  constructor(id: number) {
    this.id = id;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
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

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
