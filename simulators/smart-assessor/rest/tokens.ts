import { randomBytes } from 'node:crypto';

/** Bearer tokens and when they end, by the simulator's clock. Tokens are the one thing here that is not repeatable. */
export class Tokens {
  readonly #endsAtMs = new Map<string, number>();

  issue(nowMs: number, lifeS: number): string {
    const token = randomBytes(24).toString('base64url');
    this.#endsAtMs.set(token, nowMs + lifeS * 1000);
    return token;
  }

  isGood(token: string, nowMs: number): boolean {
    return nowMs < (this.#endsAtMs.get(token) ?? Number.NEGATIVE_INFINITY);
  }
}
