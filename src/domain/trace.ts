/*
 * A trace follows one change from its commit in PICS to the vendor's acknowledgement: how long it was on its way here,
 * what was decided, which calls were made. It is for a person who asks where the time went. Nothing is decided by it,
 * and nothing waits for it.
 */

/**
 * The only fields that a trace may have: codes and ids of PICS, of a vendor, and of the sync. None contains a name, an
 * address, a birth date or a message. Add a name only if its values can never come from a free field of a personal
 * record.
 */
export const traceFieldNames = [
  'vendor',
  'entity',
  'op',
  'txId',
  'ident',
  'subject',
  'step',
  'effect',
  'result',
  'vendorId',
  'disposition',
  'code',
] as const;
type TraceFieldName = (typeof traceFieldNames)[number];
export type TraceFields = { readonly [name in TraceFieldName]?: string | number | null };

/** A part of the way. Times in milliseconds since 1970, by the clock of the process that went it. */
type TracePart = {
  /**
   * `capture`: from the commit until a process of outbound has the change; its beginning is by the clock of PICS.
   * `decide`: both sides are read and the next step is chosen. `wait`: for the right to call, and the intent. `call`: the
   * vendor is asked. `record`: what it acknowledged is written to the ledger.
   */
  readonly name: 'capture' | 'decide' | 'wait' | 'call' | 'record';
  readonly fromMs: number;
  readonly untilMs: number;
  readonly fields?: TraceFields;
};

/** One change on its way. A call that serves several changes is part of the trace of each. */
export type Trace = {
  /** A part that began before the change was committed does not belong to it, and is left out. */
  part(part: TracePart): void;
  /** Says something of the whole: later words count instead of earlier ones. */
  note(fields: TraceFields): void;
  end(atMs: number): void;
};

export type Tracer = {
  begin(change: { readonly atMs: number; readonly fields: TraceFields }): Trace;
};

/** Traces nothing. */
export const noTracer: Tracer = { begin: () => noTrace };
const noTrace: Trace = { part: () => {}, note: () => {}, end: () => {} };

/** Adds a part to every trace that it belongs to. */
export function tracePart(traces: readonly Trace[], part: TracePart): void {
  for (const trace of traces) trace.part(part);
}
