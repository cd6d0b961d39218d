import { type ConnectionCheck, toCheckRefusal } from './check-connection.ts';
import { type HandleCommand, toDone } from './request.ts';

export type TestConnectionEffects = {
  readonly vendor: string;
  /** Settings that a test needs, and no more: it may be run before the vendor is switched on. */
  readonly check: () => Promise<ConnectionCheck>;
};

/** Signs in and says what was found. It runs also while the vendor is disabled, and changes nothing. */
export function createTestConnection({ vendor, check }: TestConnectionEffects): HandleCommand {
  return async (_request, begin) => {
    await begin();
    const found = await check();
    if (found.kind !== 'connected') return toCheckRefusal(vendor, found);
    return toDone({ ...found.report, centre: found.centreId });
  };
}
