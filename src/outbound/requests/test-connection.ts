import type { JsonObject } from '../../core/json.ts';
import { type ConnectionCheck, toCheckRefusal } from './check-connection.ts';
import { type HandleCommand, toDone } from './request.ts';

export type TestConnectionEffects = {
  readonly vendor: string;
  /** Settings that a test needs, and no more: it may be run before the vendor is switched on. */
  readonly check: () => Promise<ConnectionCheck>;
  /** What is known of our keys at the vendor; asked only where the centre is certain. */
  readonly readKeys: () => Promise<JsonObject | null>;
};

/** Signs in and says what was found. It runs also while the vendor is disabled, and changes nothing. */
export function createTestConnection({ vendor, check, readKeys }: TestConnectionEffects): HandleCommand {
  return async (_request, begin) => {
    await begin();
    const found = await check();
    if (found.kind !== 'connected') return toCheckRefusal(vendor, found);
    const keys = found.centreId === null ? null : await readKeys();
    return toDone({ ...found.report, centre: found.centreId, ...(keys !== null && { keys }) });
  };
}
