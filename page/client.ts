import type { CommandRequest, Refusal } from '../src/page/api.ts';

/*
 * Requests to the ops role. Every one says whether a person is at work, since only that keeps a session alive; every one
 * that changes something carries the token of the session.
 */

/** The ops role refused, or could not be reached (`AWAY`). The sentence is for people. */
export class RequestRefused extends Error {
  readonly code: string;
  constructor({ code, sentence }: Refusal) {
    super(sentence);
    this.code = code;
  }
}

const away: Refusal = {
  code: 'AWAY',
  sentence: 'pics-sync does not answer at present. It is tried again.',
};

let token = '';
let lastInputAtMs = Date.now();
const countsAsAtWorkMs = 60_000;
let onSignedOut: () => void = () => {};

for (const event of ['pointerdown', 'keydown', 'wheel'])
  window.addEventListener(event, () => {
    lastInputAtMs = Date.now();
  });

/** Sets the token of the session, which `/api/start` gives. */
export function setToken(next: string): void {
  token = next;
}

/** Calls back when the ops role says that the session has ended. */
export function onSessionEnd(callBack: () => void): void {
  onSignedOut = callBack;
}

export function noteSessionEnd(): void {
  onSignedOut();
}

export function read<T>(url: string): Promise<T> {
  return request<T>('GET', url);
}

export function send<T>(url: string, body: unknown): Promise<T> {
  return request<T>('POST', url, body);
}

export function giveCommand(command: CommandRequest): Promise<{ readonly id: string }> {
  return send('/api/commands', command);
}

async function request<T>(method: string, url: string, body?: unknown): Promise<T> {
  const reply = await fetch(url, {
    method,
    headers: {
      ...(Date.now() - lastInputAtMs < countsAsAtWorkMs && { 'x-picsync-active': 'yes' }),
      ...(method !== 'GET' && { 'x-picsync-token': token }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => null);
  if (reply === null) throw new RequestRefused(away);
  if (reply.status === 204) return undefined as T;
  const answer: unknown = await reply.json().catch(() => null);
  if (reply.ok) return answer as T;
  const refusal = isRefusal(answer) ? answer : away;
  if (refusal.code === 'SIGNED_OUT') onSignedOut();
  throw new RequestRefused(refusal);
}

function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'sentence' in answer && 'code' in answer;
}
