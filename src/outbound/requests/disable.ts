import { type HandleCommand, toDone } from './request.ts';

export type DisableEffects = {
  /** Resolves when the vendor is off for every process, and this one has ended what it had in hand. */
  readonly disable: (by: string) => Promise<void>;
};

/** G-8: calls in flight end, what waits is kept. Enabling again brings both sides together. */
export function createDisable({ disable }: DisableEffects): HandleCommand {
  return async ({ requestedBy }, begin) => {
    await begin();
    await disable(requestedBy ?? 'unknown');
    return toDone({ enabled: false });
  };
}
