import type { Log } from '../../../base/log.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { VendorFailure } from '../../../domain/outcome.ts';
import type { CallBudget, SessionCache } from '../../../domain/ports.ts';
import type { Priority } from '../../../domain/priority.ts';
import { type Route, routes } from '../wire/names.ts';
import { type Body, classifyAnswer, toBody, toRefusalText, toToken } from './answers.ts';
import type { Transport, WireAnswer } from './transport.ts';

/** The priority under which calls are taken from the budget. */
export type Account = {
  readonly priority: Priority;
  readonly signal?: AbortSignal;
  /** Calls that the caller has already taken from the budget; counted down as they are made. */
  prepaid: number;
  /** From then on, by `steadyMs`, no write is sent any more: others may take it for never sent (G-5). */
  readonly sendBeforeMs?: number;
};

type ApiAnswer = {
  readonly kind: 'ok';
  readonly status: number;
  readonly body: Body;
  /** When the call was sent, by our clock: the answer was true then or later. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly serverTimeMs: number | null;
};
/**
 * `status`: HTTP status of an answer that is not done. `isBare`: the answer has no body that could show who
 * wrote it.
 */
export type ApiFailure = VendorFailure & { readonly status?: number; readonly isBare?: boolean };

export type Api = {
  call(route: Route, body: JsonObject | null, account: Account): Promise<ApiAnswer | ApiFailure>;
};

type ApiOptions = {
  readonly transport: Transport;
  readonly customerToken: () => string;
  readonly budget: CallBudget;
  readonly cache: SessionCache;
  readonly log: Log;
  readonly now: () => number;
  readonly steadyMs: () => number;
  readonly chance: () => number;
};

type SentCall = { readonly answer: WireAnswer; readonly sentAtMs: number; readonly startedAtMs: number };

/**
 * Makes calls to OneFile and classifies the answers.
 *
 * Each call takes one unit of the budget, is sent with the current session, and its answer is classified by
 * the table in `answers.ts`. A 429 pauses all calls. A 401, or a 403 in OneFile's own words, is tried once
 * more with a new session. A 403 that comes again concerns a permission, and for a minute further 403s are
 * not tried again.
 */
export function createApi(parts: ApiOptions): Api {
  const { transport, budget, log, now, steadyMs } = parts;
  const throttle = createThrottle(parts);
  const sessions = createSessions({ authenticate, cache: parts.cache, now, steadyMs });

  async function send(
    { method, path, route }: Route,
    headers: Readonly<Record<string, string>>,
    { body, account, attempt }: { body: string | null; account: Account; attempt: number },
  ): Promise<SentCall> {
    if (account.prepaid > 0) account.prepaid -= 1;
    else await budget.take(account.priority, account.signal);
    const [sentAtMs, startedAtMs] = [now(), steadyMs()];
    const isRead = method === 'GET' || route.includes('/Search');
    if (!isRead && startedAtMs > (account.sendBeforeMs ?? Number.POSITIVE_INFINITY))
      return { answer: { kind: 'unreachable', detail: 'TOO_LATE' }, sentAtMs, startedAtMs };
    const answer = await transport.send({ method, path, headers, body });
    log.debug('Called OneFile', {
      vendor: 'onefile',
      method,
      path: route,
      code: answer.kind === 'answer' ? 'answered' : answer.detail,
      httpStatus: answer.kind === 'answer' ? answer.status : null,
      tookMs: Math.round(steadyMs() - startedAtMs),
      attempt,
    });
    return { answer, sentAtMs, startedAtMs };
  }

  /**
   * Signing in counts against the call limit. All other calls wait for it, so it has the highest priority.
   */
  async function authenticate(): Promise<SessionAnswer> {
    const account: Account = { priority: 'command', prepaid: 0 };
    const headers = { 'x-customertoken': parts.customerToken() };
    const sent = await send(routes.authentication(), headers, { body: null, account, attempt: 1 });
    const { answer } = sent;
    if (answer.kind !== 'answer') return { kind: 'unreachable', detail: `sign-in: ${answer.detail}` };
    const meaning = classifyAnswer(answer);
    if (meaning === 'limited') return limited(sent, answer);
    if (meaning === 'unauthorized' || (meaning === 'refused' && [400, 403].includes(answer.status))) {
      log.error('OneFile refuses the customer token: all its work stops until it is corrected', {
        vendor: 'onefile',
        httpStatus: answer.status,
        code: 'BAD_SIGN_IN',
      });
      return { kind: 'unauthorized', detail: 'BAD_SIGN_IN' };
    }
    const token = answer.status === 200 ? toToken(answer.body) : null;
    if (token === null) return { kind: 'unreachable', detail: `sign-in: HTTP ${answer.status}` };
    throttle.passed();
    return { kind: 'session', session: { token, issuedAtMs: sent.sentAtMs } };
  }

  function limited(
    { startedAtMs }: SentCall,
    answer: Extract<WireAnswer, { kind: 'answer' }>,
  ): VendorFailure {
    const retryAfterMs = throttle.limited({ ...answer, startedAtMs });
    // The pause is effective in this process at once; sharing it may take a moment or fail.
    budget.pauseFor(retryAfterMs).catch(() => {});
    return { kind: 'throttled', detail: 'HTTP 429', retryAfterMs };
  }

  function classify(sent: SentCall): ApiAnswer | ApiFailure {
    const { answer, sentAtMs } = sent;
    if (answer.kind !== 'answer') return answer;
    const { status } = answer;
    const meaning = classifyAnswer(answer);
    if (meaning === 'limited') return limited(sent, answer);
    throttle.passed();
    switch (meaning) {
      case 'done': {
        const body = toBody(answer.body);
        return { kind: 'ok', status, body, sentAtMs, answeredAtMs: now(), serverTimeMs: answer.serverTimeMs };
      }
      case 'refused':
        return { kind: 'rejected', code: 'VENDOR_REFUSED', detail: toRefusalText(answer.body), status };
      case 'unauthorized':
        return { kind: 'unauthorized', detail: 'HTTP 401', status };
      case 'unknown':
        return {
          kind: 'unknown',
          detail: status < 300 ? 'UNREADABLE' : `HTTP ${status}`,
          status,
          isBare: answer.body.trim() === '',
        };
    }
  }

  return {
    call: async (route, body, account) => {
      const text = body === null ? null : JSON.stringify(body);
      const attempt = async (session: Session, count: number): Promise<SentCall> =>
        send(route, headersOf(session, text), { body: text, account, attempt: count });
      const first = await sessions.current();
      if (first.kind !== 'session') return first;
      const sent = await attempt(first.session, 1);
      const status = doubtOf(sent);
      if (status === null) return classify(sent);
      if (status === 403 && sessions.isForbidding())
        return { kind: 'unauthorized', detail: 'HTTP 403', status };
      const second = await sessions.replace(first.session);
      if (second.kind !== 'session') return second;
      const again = await attempt(second.session, 2);
      if (doubtOf(again) === 403) sessions.forbid();
      return classify(again);
    },
  };
}

function headersOf({ token }: Session, body: string | null): Record<string, string> {
  const headers = { 'x-tokenid': token, accept: 'application/json' };
  return body === null ? headers : { ...headers, 'content-type': 'application/json; charset=utf-8' };
}

/** The status of an answer by which OneFile may doubt the session. A firewall's 403 says nothing about it. */
function doubtOf({ answer }: SentCall): 401 | 403 | null {
  if (answer.kind !== 'answer') return null;
  if (answer.status === 401) return 401;
  return answer.status === 403 && classifyAnswer(answer) === 'refused' ? 403 : null;
}

export type Session = { readonly token: string; readonly issuedAtMs: number };

/** Removes this token, but not a newer one. */
type Sessions = {
  current(): Promise<SessionAnswer>;
  /** Returns a session other than the refused one. */
  replace(refused: Session): Promise<SessionAnswer>;
  /**
   * A 403 also came with a new session, so it concerns a permission. For one minute further 403s are final
   * at once (rule 5).
   */
  forbid(): void;
  isForbidding(): boolean;
};
type SessionAnswer = { readonly kind: 'session'; readonly session: Session } | VendorFailure;

/**
 * A session lives 24 hours and is not extended by use. It is renewed earlier, so that no call fails for its
 * age.
 */
const renewAfterMs = 23 * 3_600_000;
const minuteMs = 60_000;

type SessionOptions = {
  readonly authenticate: () => Promise<SessionAnswer>;
  readonly cache: SessionCache;
  readonly now: () => number;
  readonly steadyMs: () => number;
};

/**
 * Holds one session for all callers of this process.
 *
 * A session is taken from memory, else from the shared cache, else by signing in. Concurrent callers share
 * one sign-in. After a refused sign-in the refusal is returned for one minute before the next sign-in. A
 * session that OneFile refused is removed from both places, and the next one must have another token.
 */
export function createSessions({ authenticate, cache, now, steadyMs }: SessionOptions): Sessions {
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
    if (refusal !== null && steadyMs() < refusal.untilMs) return refusal.failure;
    const answer = await authenticate();
    if (answer.kind === 'session') {
      held = answer.session;
      refusal = null;
      await cache.write(answer.session).catch(() => {});
    } else if (answer.kind === 'unauthorized') {
      refusal = { failure: answer, untilMs: steadyMs() + minuteMs };
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
      // A read of the cache by another caller may have been under way and have found the refused session
      // again.
      const isSame = answer.kind === 'session' && answer.session.token === refused.token;
      return isSame ? share(refused.token) : answer;
    },
    forbid: () => {
      forbiddenUntilMs = steadyMs() + minuteMs;
    },
    isForbidding: () => steadyMs() < forbiddenUntilMs,
  };
}

/** Pauses all calls of this customer token until that time. */
type Throttle = {
  /** Handles a 429: returns how long every call of this token must wait, in milliseconds. */
  limited(answer: {
    readonly retryAfter: string | null;
    readonly serverTimeMs: number | null;
    /** By the steady clock. */
    readonly startedAtMs: number;
  }): number;
  passed(): void;
};

const longestAskedMs = 300_000;

/**
 * Turns 429 answers ("too many calls") into one pause.
 *
 * The pause lasts as long as `Retry-After` says. Without it the pause lasts until the next full minute of
 * the server's clock, or 60 seconds if the previous pause led to a 429 again. Half a second to five seconds
 * of random time are added, so that many processes do not come back at once. Calls that were already under
 * way when the pause began are refused too, but do not extend it. The pause is measured by a clock that is
 * never set; the time of day only says where in its minute the server is, if it does not say so itself.
 */
export function createThrottle({
  now,
  steadyMs,
  chance,
}: Pick<ApiOptions, 'now' | 'steadyMs' | 'chance'>): Throttle {
  let pausedAtMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.NEGATIVE_INFINITY;
  let inRow = 0;
  return {
    limited: ({ retryAfter, serverTimeMs, startedAtMs }) => {
      const nowMs = steadyMs();
      if (startedAtMs <= pausedAtMs && untilMs > nowMs) return untilMs - nowMs;
      inRow += 1;
      const timeOfDayMs = serverTimeMs ?? now();
      const askedMs = askedMsOf(retryAfter, timeOfDayMs);
      const restOfMinuteMs = 60_000 - (timeOfDayMs % 60_000);
      const waitMs = askedMs ?? (inRow > 1 ? 60_000 : restOfMinuteMs);
      pausedAtMs = nowMs;
      untilMs = nowMs + waitMs + 500 + Math.floor(chance() * 4_500);
      return untilMs - nowMs;
    },
    passed: () => {
      inRow = 0;
    },
  };
}

/**
 * `Retry-After` in seconds or as a date, limited to 0 to 5 minutes; null when it is missing or unreadable.
 */
function askedMsOf(retryAfter: string | null, serverTimeMs: number): number | null {
  if (retryAfter === null || retryAfter.trim() === '') return null;
  const seconds = Number(retryAfter);
  const askedMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - serverTimeMs;
  if (Number.isNaN(askedMs)) return null;
  return Math.min(longestAskedMs, Math.max(0, askedMs));
}
