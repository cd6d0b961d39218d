import type { Log } from '../../../base/log.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { VendorFailure } from '../../../core/outcome.ts';
import type { Priority } from '../../../core/priority.ts';
import { type Route, routes } from '../wire/routes.ts';
import { type Body, toBody, toRefusalText, toToken } from './read-body.ts';
import { createSessions, type Session, type SessionAnswer, type SessionCache } from './session.ts';
import { type CallBudget, createThrottle } from './throttle.ts';
import type { Transport, WireAnswer } from './transport.ts';

/** On whose account calls are made. */
export type Account = {
  readonly priority: Priority;
  readonly signal?: AbortSignal;
  /** Calls the caller has taken from the budget already; counted down as they are made. */
  prepaid: number;
};

export type ApiAnswer = {
  readonly kind: 'ok';
  readonly body: Body;
  /** When the call was sent, by our clock: what it read was true then or later. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly serverTimeMs: number | null;
};
/** `status` tells callers what a refusal was: 404 on a record by id means something. */
export type ApiFailure = VendorFailure & { readonly status?: number };

export type Api = {
  call(route: Route, body: JsonObject | null, account: Account): Promise<ApiAnswer | ApiFailure>;
};

type Parts = {
  readonly transport: Transport;
  readonly customerToken: () => string;
  readonly budget: CallBudget;
  readonly cache: SessionCache;
  readonly log: Log;
  readonly now: () => number;
  readonly chance: () => number;
};

type Sent = { readonly answer: WireAnswer; readonly sentAtMs: number };

/** Makes calls with a session, within the budget, and says in our terms what came of them. */
export function createApi(parts: Parts): Api {
  const { transport, budget, log, now } = parts;
  const throttle = createThrottle(parts);
  const sessions = createSessions({ authenticate, cache: parts.cache, now });

  async function send(
    { method, path, route }: Route,
    headers: Readonly<Record<string, string>>,
    { body, account, attempt }: { body: string | null; account: Account; attempt: number },
  ): Promise<Sent> {
    if (account.prepaid > 0) account.prepaid -= 1;
    else await budget.takeCall(account.priority, account.signal);
    const sentAtMs = now();
    const answer = await transport.send({ method, path, headers, body });
    log.debug('Called OneFile', {
      vendor: 'onefile',
      method,
      path: route,
      code: answer.kind === 'answer' ? 'answered' : answer.detail,
      httpStatus: answer.kind === 'answer' ? answer.status : null,
      tookMs: now() - sentAtMs,
      attempt,
    });
    return { answer, sentAtMs };
  }

  /** Authenticating counts against the limit. Everybody waits for it, so it goes first. */
  async function authenticate(): Promise<SessionAnswer> {
    const account: Account = { priority: 'command', prepaid: 0 };
    const headers = { 'x-customertoken': parts.customerToken() };
    const sent = await send(routes.authentication(), headers, { body: null, account, attempt: 1 });
    const { answer } = sent;
    if (answer.kind !== 'answer') return { kind: 'unreachable', detail: `sign-in: ${answer.detail}` };
    if (answer.status === 429) return limited(sent, answer);
    if ([400, 401, 403].includes(answer.status)) {
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

  function limited({ sentAtMs }: Sent, answer: Extract<WireAnswer, { kind: 'answer' }>): VendorFailure {
    const retryAfterMs = throttle.limited({ ...answer, startedAtMs: sentAtMs });
    // The pause stands in this process at once; sharing it may take a moment or fail.
    Promise.resolve(budget.pauseUntil(now() + retryAfterMs)).catch(() => {});
    return { kind: 'throttled', detail: 'HTTP 429', retryAfterMs };
  }

  function classify({ answer, sentAtMs }: Sent): ApiAnswer | ApiFailure {
    if (answer.kind !== 'answer') return answer;
    const { status } = answer;
    if (status === 429) return limited({ answer, sentAtMs }, answer);
    throttle.passed();
    if (status >= 200 && status < 300) {
      const body = toBody(answer.body);
      if (body.kind === 'unreadable') return { kind: 'unknown', detail: 'UNREADABLE' };
      return { kind: 'ok', body, sentAtMs, answeredAtMs: now(), serverTimeMs: answer.serverTimeMs };
    }
    if (status === 401) return { kind: 'unauthorized', detail: 'HTTP 401', status };
    if (status >= 500) return { kind: 'unknown', detail: `HTTP ${status}` };
    return { kind: 'rejected', code: 'VENDOR_REFUSED', detail: toRefusalText(answer.body), status };
  }

  return {
    call: async (route, body, account) => {
      const text = body === null ? null : JSON.stringify(body);
      const attempt = async (session: Session, count: number): Promise<Sent> =>
        send(route, toHeaders(session, text), { body: text, account, attempt: count });
      const first = await sessions.current();
      if (first.kind !== 'session') return first;
      const sent = await attempt(first.session, 1);
      const status = toStatus(sent);
      if (status !== 401 && status !== 403) return classify(sent);
      if (status === 403 && sessions.isForbidding())
        return { kind: 'unauthorized', detail: 'HTTP 403', status };
      const second = await sessions.replace(first.session);
      if (second.kind !== 'session') return second;
      const again = await attempt(second.session, 2);
      if (toStatus(again) === 403) sessions.forbid();
      return classify(again);
    },
  };
}

function toHeaders({ token }: Session, body: string | null): Record<string, string> {
  const headers = { 'x-tokenid': token, accept: 'application/json' };
  return body === null ? headers : { ...headers, 'content-type': 'application/json; charset=utf-8' };
}

function toStatus({ answer }: Sent): number | null {
  return answer.kind === 'answer' ? answer.status : null;
}
