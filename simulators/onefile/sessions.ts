import { createHash, randomBytes } from 'node:crypto';
import type { SwitchValues } from './switches.ts';

export interface Session {
  readonly token: string;
  readonly tokenHash: string;
  readonly customerId: number;
  readonly issuedAtMs: number;
  expiresAtMs: number;
  endedAtMs: number | null;
  useCount: number;
}

/** 256 bytes make the 344 characters a real token has. Tokens are the one thing here that is not repeatable. */
const TOKEN_BYTES = 256;

/** Distinguishes sessions in the history without showing a token. */
const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 12);

/** Sessions of all customers. An ended one stays known, so that its calls still count for its customer. */
export class Sessions {
  readonly #byToken = new Map<string, Session>();

  open(customerId: number, nowMs: number, switches: SwitchValues): Session {
    if (switches['session-parallel'] === 'one') this.end(customerId, nowMs);
    const token = randomBytes(TOKEN_BYTES).toString('base64');
    const session: Session = {
      token,
      tokenHash: hashToken(token),
      customerId,
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + switches['session-lifetime-s'] * 1000,
      endedAtMs: null,
      useCount: 0,
    };
    this.#byToken.set(token, session);
    return session;
  }

  find(token: string | undefined): Session | undefined {
    return token === undefined ? undefined : this.#byToken.get(token);
  }

  /** Whether the session is good for a call now; counts the use and, where sliding, prolongs it. */
  use(session: Session, nowMs: number, switches: SwitchValues): boolean {
    if (session.endedAtMs !== null || nowMs >= session.expiresAtMs) return false;
    session.useCount += 1;
    if (switches['session-expiry'] === 'sliding') {
      session.expiresAtMs = nowMs + switches['session-lifetime-s'] * 1000;
    }
    return true;
  }

  /** Ends all sessions, or those of one customer; says how many were live. */
  end(customerId: number | null, nowMs: number): number {
    let endedCount = 0;
    for (const session of this.#byToken.values()) {
      if (session.endedAtMs !== null || (customerId !== null && session.customerId !== customerId)) continue;
      session.endedAtMs = nowMs;
      endedCount += 1;
    }
    return endedCount;
  }

  list(): Session[] {
    return [...this.#byToken.values()];
  }
}
