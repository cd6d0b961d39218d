/*
 * What a client sees of a call that passes no sockets: the answer, or that the connection broke. Nothing waits; delays
 * are reported instead of slept.
 */

import { type Delivery, headersOf } from './server.ts';

/** `tookMs` is the time from the arrival of the call to the end of the answer. The caller's clock should pass it. */
export type ApiAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly tookMs: number;
    }
  /** The connection broke before the body was whole. The status is null when not even the head had come. */
  | { readonly kind: 'cut'; readonly status: number | null; readonly tookMs: number };

export function withLowerNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) lower[name.toLowerCase()] = value;
  return lower;
}

/** What a client sees of an answer and of the fault that is done to it. A body that was sent whole has arrived. */
export function toApiAnswer({ reply, action, date }: Delivery, delayMs: number): ApiAnswer {
  if (action?.type === 'hang' || action?.type === 'apply-then-hang')
    return { kind: 'cut', status: null, tookMs: delayMs + action.holdMs };
  if (reply === null) return { kind: 'cut', status: null, tookMs: delayMs };
  const { status, body } = reply;
  const isShorterThanBody = (bytes: number): boolean => bytes < Buffer.byteLength(body);
  let tookMs = delayMs;
  if (action?.type === 'truncate' && isShorterThanBody(action.bytes)) return { kind: 'cut', status, tookMs };
  if (action?.type === 'slow-body') {
    const { totalMs, stallAfterBytes } = action;
    const isStalled = stallAfterBytes !== null && isShorterThanBody(stallAfterBytes);
    if (isStalled) return { kind: 'cut', status, tookMs: delayMs + totalMs };
    if (stallAfterBytes === null) tookMs += totalMs;
  }
  return {
    kind: 'answer',
    status,
    headers: withLowerNames(Object.fromEntries(headersOf(reply, date))),
    body,
    tookMs,
  };
}
