import { type HandleCommand, toFailed, toRefused } from '../requests/request.ts';

/**
 * A handler that needs what is there only while the vendor is enabled.
 *
 * What it works with may go away under it. When the vendor is still enabled then, it begins anew with what comes next;
 * when it is not, the command ends: what was accepted is continued once the vendor is enabled again (G-8).
 */
export function toHandlerAtWork<T extends { readonly signal: AbortSignal }>(
  ready: () => Promise<T | null>,
  toHandle: (atWork: T) => HandleCommand,
): HandleCommand {
  return async (request, begin) => {
    let hasBegun = false;
    const beginOnce = async (): Promise<void> => {
      if (!hasBegun) await begin();
      hasBegun = true;
    };
    for (;;) {
      const atWork = await ready();
      const { vendor } = request;
      if (atWork === null) return (hasBegun ? toFailed : toRefused)('DISABLED', { vendor });
      try {
        return await toHandle(atWork)(request, beginOnce);
      } catch (error) {
        if (!atWork.signal.aborted) throw error;
      }
    }
  };
}
