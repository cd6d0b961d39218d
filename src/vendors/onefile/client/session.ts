import type { VendorFailure } from '../../../core/outcome.ts';

export type Session = { readonly token: string; readonly issuedAtMs: number };

/** Sessions shared between processes. It may be empty or away at any time. */
export type SessionCache = {
  read(): Promise<Session | null>;
  write(session: Session): Promise<void>;
  /** Drops this token, and no newer one. */
  forget(token: string): Promise<void>;
};

export type Sessions = {
  current(): Promise<SessionAnswer>;
  /** A session other than the one that was refused. */
  replace(refused: Session): Promise<SessionAnswer>;
  /** A 403 outlived a new session: it is about permission. For a minute further ones are final at once (rule 5). */
  forbid(): void;
  isForbidding(): boolean;
};
export type SessionAnswer = { readonly kind: 'session'; readonly session: Session } | VendorFailure;

/** A session lives 24 h without sliding. It is renewed before, so that no call is wasted on finding out. */
const renewAfterMs = 23 * 3_600_000;
const minuteMs = 60_000;

type Parts = {
  readonly authenticate: () => Promise<SessionAnswer>;
  readonly cache: SessionCache;
  readonly now: () => number;
};

/** Holds one session for all callers. At most one sign-in is under way, and after a refused one at most one a minute. */
export function createSessions({ authenticate, cache, now }: Parts): Sessions {
  let held: Session | null = null;
  let inFlight: Promise<SessionAnswer> | null = null;
  let refusal: { readonly failure: VendorFailure; readonly untilMs: number } | null = null;
  let forbiddenUntilMs = Number.NEGATIVE_INFINITY;

  const isYoung = (session: Session): boolean => now() - session.issuedAtMs < renewAfterMs;

  async function obtain(refusedToken: string | null): Promise<SessionAnswer> {
    const shared = await cache.read().catch(() => null);
    if (shared !== null && shared.token !== refusedToken && isYoung(shared)) {
      held = shared;
      return { kind: 'session', session: shared };
    }
    if (refusal !== null && now() < refusal.untilMs) return refusal.failure;
    const answer = await authenticate();
    if (answer.kind === 'session') {
      held = answer.session;
      refusal = null;
      await cache.write(answer.session).catch(() => {});
    } else if (answer.kind === 'unauthorized') {
      refusal = { failure: answer, untilMs: now() + minuteMs };
    }
    return answer;
  }

  function share(refusedToken: string | null): Promise<SessionAnswer> {
    inFlight ??= obtain(refusedToken).finally(() => {
      inFlight = null;
    });
    return inFlight;
  }

  return {
    current: async () => (held !== null && isYoung(held) ? { kind: 'session', session: held } : share(null)),
    replace: async (refused) => {
      if (held !== null && held.token !== refused.token && isYoung(held)) {
        return { kind: 'session', session: held };
      }
      if (held?.token === refused.token) held = null;
      await cache.forget(refused.token).catch(() => {});
      const answer = await share(refused.token);
      // Somebody else's look into the cache may have been under way and found the very session that was refused.
      const isSame = answer.kind === 'session' && answer.session.token === refused.token;
      return isSame ? share(refused.token) : answer;
    },
    forbid: () => {
      forbiddenUntilMs = now() + minuteMs;
    },
    isForbidding: () => now() < forbiddenUntilMs,
  };
}
