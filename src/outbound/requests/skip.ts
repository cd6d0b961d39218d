import { type HandleCommand, toDone, toPayloadText, toRefused } from './request.ts';

export type SkipEffects = {
  /** Null: the item is not open. */
  readonly skipHeld: (
    id: string,
    act: { readonly reason: string; readonly by: string },
  ) => Promise<{ readonly ident: string; readonly subject: string } | null>;
  /** Commands about this learner that wait for nothing else any more end as skipped. */
  readonly endSkipped: (ident: string) => Promise<void>;
};

/** A person leaves an item undone, for a reason; a later change may raise it anew. The vendor is not needed. */
export function createSkip({ skipHeld, endSkipped }: SkipEffects): HandleCommand {
  return async ({ payload, requestedBy }) => {
    const id = toPayloadText(payload, 'held') ?? '';
    const reason = toPayloadText(payload, 'reason');
    if (!/^\d{1,18}$/.test(id)) return toRefused('NOT_HELD', {});
    if (reason === null) return toRefused('REASON_MISSING', {});
    const skipped = await skipHeld(id, { reason, by: requestedBy ?? '' });
    if (skipped === null) return toRefused('NOT_HELD', {});
    await endSkipped(skipped.ident);
    return toDone(skipped);
  };
}
