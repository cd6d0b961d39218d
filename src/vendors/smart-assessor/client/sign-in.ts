import type { Session, SessionCache } from '../../../domain/ports.ts';
import type { PortFailure } from '../port.ts';

/** A token with its life, from the sending of the request that asked for it. */
export type Token = { readonly text: string; readonly issuedAtMs: number; readonly lifeMs: number };
export type TokenAnswer = { readonly kind: 'token'; readonly token: Token } | PortFailure;

type SignIn = {
  current(): Promise<TokenAnswer>;
  /** Returns a token other than the refused one. */
  replace(refused: Token): Promise<TokenAnswer>;
};

/** A token is renewed when this part of its life has passed, so that no call fails for its age. */
const usedShare = 0.8;
const minuteMs = 60_000;

type SignInOptions = {
  /** Asks for a token. */
  readonly authenticate: () => Promise<TokenAnswer>;
  readonly cache: SessionCache;
  readonly now: () => number;
  readonly steadyMs: () => number;
};

/**
 * Holds one token for all callers of this process.
 *
 * A token is taken from memory, else from the cache that processes share, else asked for. Callers who need one at the
 * same time share one sign-in. A refused sign-in is not tried again for a minute. The cache knows no life of a token, so
 * the life stands before the text: `3600000 b3BhcXVl`.
 */
export function createSignIn({ authenticate, cache, now, steadyMs }: SignInOptions): SignIn {
  let held: Token | null = null;
  let inFlight: Promise<TokenAnswer> | null = null;
  let refusal: { readonly failure: PortFailure; readonly untilMs: number } | null = null;

  const isYoung = ({ issuedAtMs, lifeMs }: Token): boolean => now() - issuedAtMs < lifeMs * usedShare;

  async function obtain(refused: string | null): Promise<TokenAnswer> {
    const session = await cache.read().catch(() => null);
    const shared = session === null ? null : toToken(session);
    if (shared !== null && shared.text !== refused && isYoung(shared)) {
      held = shared;
      return { kind: 'token', token: shared };
    }
    if (refusal !== null && steadyMs() < refusal.untilMs) return refusal.failure;
    const answer = await authenticate();
    if (answer.kind === 'token') {
      held = answer.token;
      refusal = null;
      await cache.write(toSession(answer.token)).catch(() => {});
    } else if (answer.kind === 'unauthorized') {
      refusal = { failure: answer, untilMs: steadyMs() + minuteMs };
    }
    return answer;
  }

  function share(refused: string | null): Promise<TokenAnswer> {
    inFlight ??= obtain(refused).finally(() => {
      inFlight = null;
    });
    return inFlight;
  }

  return {
    current: async () => (held !== null && isYoung(held) ? { kind: 'token', token: held } : share(null)),
    replace: async (refused) => {
      if (held !== null && held.text !== refused.text && isYoung(held)) return { kind: 'token', token: held };
      if (held?.text === refused.text) held = null;
      await cache.forget(toSession(refused).token).catch(() => {});
      const answer = await share(refused.text);
      // A read of the cache by another caller may have been under way and have found the refused token again.
      const isSame = answer.kind === 'token' && answer.token.text === refused.text;
      return isSame ? share(refused.text) : answer;
    },
  };
}

function toSession({ text, issuedAtMs, lifeMs }: Token): Session {
  return { token: `${lifeMs} ${text}`, issuedAtMs };
}

function toToken({ token, issuedAtMs }: Session): Token | null {
  const match = /^(\d{1,12}) (\S+)$/.exec(token);
  return match === null ? null : { lifeMs: Number(match[1]), text: match[2] ?? '', issuedAtMs };
}
