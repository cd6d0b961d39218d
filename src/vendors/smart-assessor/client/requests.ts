import type { Log } from '../../../base/log.ts';
import type { CallBudget, SessionCache } from '../../../domain/ports.ts';
import type { Priority } from '../../../domain/priority.ts';
import type { Operation, PortFailure } from '../port.ts';
import type {
  AuthStrategy,
  Body,
  Contract,
  Effect,
  ElementReader,
  ReadAnswer,
  SignedRequest,
  WireRequest,
} from '../wire/contract.ts';
import { parseBody } from './body.ts';
import { createSignIn, type Token, type TokenAnswer } from './sign-in.ts';
import { createThrottle } from './throttle.ts';
import type { Connection, Transport, WireAnswer } from './transport.ts';

/** How a call is made, and out of whose right to call. One account serves all calls of a step. */
export type Account = {
  readonly priority: Priority;
  readonly signal?: AbortSignal;
  /** Requests that the caller has already taken from the budget; counted down as they are made. */
  prepaid: number;
  /** From then on, by `steadyMs`, no write is sent any more: others may take it for never sent (G-5). */
  readonly sendBeforeMs?: number;
  /** What our tracing finds the call by: the intent and its attempt. */
  readonly requestId?: string;
  /** Nothing that was read before is used: after a call without an answer. */
  readonly isFresh?: boolean;
};

/** One request of an operation. */
type Asked = {
  readonly operation: Operation;
  readonly effect: Effect;
  readonly account: Account;
  /** How the records of an answer in XML are read. */
  readonly records?: ElementReader | undefined;
};

type Requests = {
  /** Sends a request, as often as its effect and its failures allow. */
  send(
    request: WireRequest,
    asked: Asked,
  ): Promise<{ readonly kind: 'ok'; readonly answer: ReadAnswer } | PortFailure>;
};

export type RequestsOptions = {
  readonly contract: Contract;
  readonly connection: Connection;
  readonly transport: Transport;
  readonly budget: CallBudget;
  readonly sessionCache: SessionCache;
  readonly log: Log;
  /** This machine's time of day, for what is kept: when a record was read, when a token was issued. */
  readonly now: () => number;
  /** A clock that is never set, for everything that lasts. */
  readonly steadyMs: () => number;
  /** Resolves after the delay, or as soon as the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly chance: () => number;
};

/** How often a request is sent whose repetition does no harm. What still fails is for the caller, who waits longer. */
const mostTries = 3;
const firstDelayMs = 1_000;
const longestDelayMs = 60_000;

type SentCall = { readonly answer: WireAnswer; readonly sentAtMs: number; readonly startedAtMs: number };

/**
 * Makes requests to Smart Assessor and says what their answers mean.
 *
 * Each request takes one unit of the budget, then waits for one of `concurrency` places. Nothing is sent before the
 * credential is added, and nothing of it is kept. A read or a repeatable write that failed is sent again after a random
 * part of a delay that doubles; a guarded write never is. A 429 pauses all calls of the credential and is for the caller
 * to repeat: it was not done. A 401 with a token is tried once more with a new one.
 *
 * A write that did not certainly stay here, or whose answer says nothing, is `unknown`; a read of that kind is
 * `unreachable`.
 */
export function createRequests(options: RequestsOptions): Requests {
  const { contract, connection, transport, budget, log, now, steadyMs, sleep, chance } = options;
  const strategy: AuthStrategy = contract.auth[connection.auth];
  const throttle = createThrottle(options);
  const places = createPlaces(connection.concurrency);
  const signIn = createSignIn({ authenticate, cache: options.sessionCache, now, steadyMs });

  async function transmit(
    name: string,
    signed: SignedRequest,
    asked: Asked,
    attempt: number,
  ): Promise<SentCall> {
    const { account, effect, operation } = asked;
    if (account.prepaid > 0) account.prepaid -= 1;
    else await budget.take(account.priority, account.signal);
    const leave = await places.enter();
    try {
      const [sentAtMs, startedAtMs] = [now(), steadyMs()];
      if (effect !== 'read' && startedAtMs > (account.sendBeforeMs ?? Number.POSITIVE_INFINITY))
        return { answer: { kind: 'unsent', cause: 'timeout', detail: 'TOO_LATE' }, sentAtMs, startedAtMs };
      const timeoutMs = effect === 'read' ? connection.readMs : connection.writeMs;
      const answer = await transport.send({ ...signed, timeoutMs });
      log.debug('Called Smart Assessor', {
        vendor: 'smartassessor',
        step: operation,
        path: name,
        code: answer.kind === 'answer' ? 'answered' : answer.detail,
        httpStatus: answer.kind === 'answer' ? answer.status : null,
        tookMs: Math.round(steadyMs() - startedAtMs),
        requestId: account.requestId,
        attempt,
      });
      return { answer, sentAtMs, startedAtMs };
    } finally {
      leave();
    }
  }

  /** Asking for a token counts as a call. All other calls wait for it, so it has the highest priority. */
  async function authenticate(): Promise<TokenAnswer> {
    const way = strategy.signIn;
    if (way === null) throw new Error('This contract has no sign-in');
    const asked: Asked = {
      operation: 'test-connection',
      effect: 'read',
      account: { priority: 'command', prepaid: 0 },
    };
    const sent = await transmit('sign-in', way.request(connection.credential), asked, 1);
    const judged = judge('sign-in', sent, asked);
    if (judged.kind === 'unauthorized') reportRefusal(sent);
    if (judged.kind !== 'ok') {
      // A refusal of another kind is no refusal of the credential.
      return judged.kind === 'rejected'
        ? { kind: 'unauthorized', part: 'login', detail: 'sign-in was refused' }
        : judged;
    }
    const token = way.tokenOf(judged.answer.body);
    if (token === null) return { kind: 'unreachable', cause: 'cut', detail: 'sign-in: UNREADABLE' };
    return { kind: 'token', token: { text: token.token, lifeMs: token.lifeMs, issuedAtMs: sent.sentAtMs } };
  }

  function reportRefusal({ answer }: SentCall): void {
    log.error('Smart Assessor refuses the sign-in: all its work stops until it is corrected', {
      vendor: 'smartassessor',
      httpStatus: answer.kind === 'answer' ? answer.status : null,
      code: 'BAD_SIGN_IN',
    });
  }

  function judge(
    name: string,
    sent: SentCall,
    { operation, effect, records }: Asked,
  ): { kind: 'ok'; answer: ReadAnswer } | PortFailure {
    const { answer, sentAtMs, startedAtMs } = sent;
    if (answer.kind === 'unsent') return { kind: 'unreachable', cause: answer.cause, detail: answer.detail };
    if (answer.kind === 'lost') return lostFailure(effect, answer);
    const { status, headers } = answer;
    if (status === 429) {
      const retryAfterMs = throttle.limited({ headers, startedAtMs });
      // The pause is effective in this process at once; sharing it may take a moment or fail.
      budget.pauseFor(retryAfterMs).catch(() => {});
      return { kind: 'throttled', detail: 'HTTP 429', retryAfterMs };
    }
    throttle.passed();
    const body = parseBody(answer.body, contract.format, records);
    const raw = { status, headers, body };
    const failure = contract.classify(operation, effect, raw);
    if (failure !== null) return failure;
    if (isUnreadable(body, status)) return lostFailure(effect, { cause: 'cut', detail: 'UNREADABLE' });
    return { kind: 'ok', answer: { ...raw, readAtMs: sentAtMs, request: name } };
  }

  async function once(request: WireRequest, asked: Asked, attempt: number) {
    const first = await sign(request, asked, null);
    if (first.kind !== 'signed') return first;
    const sent = await transmit(request.name, first.signed, asked, attempt);
    const judged = judge(request.name, sent, asked);
    if (judged.kind !== 'unauthorized') return judged;
    if (first.token === null || judged.part !== 'login') {
      reportRefusal(sent);
      return judged;
    }
    const second = await sign(request, asked, first.token);
    if (second.kind !== 'signed') return second;
    const again = await transmit(request.name, second.signed, asked, attempt);
    const judgedAgain = judge(request.name, again, asked);
    if (judgedAgain.kind === 'unauthorized') reportRefusal(again);
    return judgedAgain;
  }

  async function sign(
    request: WireRequest,
    { account, effect }: Asked,
    refused: Token | null,
  ): Promise<
    { readonly kind: 'signed'; readonly signed: SignedRequest; readonly token: Token | null } | PortFailure
  > {
    let token: Token | null = null;
    if (strategy.signIn !== null) {
      const answer = refused === null ? await signIn.current() : await signIn.replace(refused);
      if (answer.kind !== 'token') return answer;
      token = answer.token;
    }
    const signed = strategy.sign(request, {
      credential: connection.credential,
      token: token?.text ?? null,
      isDryRun: connection.isDryRun && effect !== 'read',
      site: connection.site,
    });
    const { requestId } = account;
    const headers =
      requestId === undefined ? signed.headers : { ...signed.headers, 'x-request-id': requestId };
    return { kind: 'signed', signed: { ...signed, headers }, token };
  }

  return {
    send: async (request, asked) => {
      for (let attempt = 1; ; attempt += 1) {
        const judged = await once(request, asked, attempt);
        const isOpen = judged.kind === 'unreachable' || judged.kind === 'unknown';
        if (!isOpen || asked.effect === 'guarded' || attempt >= mostTries) return judged;
        const { signal, sendBeforeMs = Number.POSITIVE_INFINITY } = asked.account;
        const delayMs = chance() * Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
        if (asked.effect !== 'read' && steadyMs() + delayMs > sendBeforeMs) return judged;
        await sleep(delayMs, signal);
        if (signal?.aborted) return judged;
      }
    },
  };
}

function lostFailure(
  effect: Effect,
  { cause, detail }: { readonly cause: 'timeout' | 'cut'; readonly detail: string },
): PortFailure {
  return effect === 'read'
    ? { kind: 'unreachable', cause, detail }
    : { kind: 'unknown', isEmptyId: false, detail };
}

/** An accepted answer whose body is not in the contract's format, such as the page of a gateway. */
function isUnreadable(body: Body, status: number): boolean {
  return body.kind === 'unreadable' && status !== 204;
}

/** So many callers at once; the others wait in their order. */
function createPlaces(count: number): { enter(): Promise<() => void> } {
  let free = count;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    enter: async () => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return leave;
    },
  };
}
