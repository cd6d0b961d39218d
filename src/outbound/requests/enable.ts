import type { JsonObject } from '../../core/json.ts';
import { type Connected, type ConnectionCheck, toCheckRefusal } from './check-connection.ts';
import {
  type Answer,
  type CommandRequest,
  type HandleCommand,
  toDone,
  toPayloadText,
  toRefused,
} from './request.ts';

/** What a person must have read; `text` is what is confirmed by the number. */
export type OpenWarning = { readonly id: string; readonly text: string };

/** What the first synchronisation would do. Who approves it approves what has this digest. */
export type InitialPlan = { readonly digest: string; readonly document: JsonObject };

export type Enabling = {
  /** Warnings that apply and are not confirmed, neither now nor with the same words before. */
  readonly open: readonly OpenWarning[];
  /** Null: the vendor was enabled before, or nothing but the sign-in may be called before a warning is confirmed. */
  readonly plan: InitialPlan | null;
  /** Makes it so, for every process and after every restart; a full synchronisation is due from then on. */
  readonly enable: (by: string) => Promise<void>;
};

export type EnableEffects = {
  readonly vendor: string;
  readonly isLicensed: boolean;
  readonly check: () => Promise<ConnectionCheck>;
  /** OF-7: the guard blocks, and desktop synchronisation is not known to be off. */
  readonly isDesktopBlocked: () => Promise<boolean>;
  /** An answer is a refusal: the vendor could not say what the plan needs. */
  readonly prepare: (
    connected: Connected,
    confirmed: readonly string[],
  ) => Promise<Enabling | { readonly refusal: Answer }>;
  /** Resolves when this process works for the vendor, or has waited long enough. */
  readonly untilAtWork: () => Promise<void>;
};

/**
 * OF-1, OF-5, OF-7, OF-9, OF-34: lets a vendor work once everything is in order and a person has read what to know.
 *
 * Confirming the warnings of the first enabling approves the plan that stands beside them; a plan that was named and is
 * no longer the one is refused. Given again it comes to the same end.
 */
export function createEnable(effects: EnableEffects): HandleCommand {
  const { vendor } = effects;
  return async (request, begin) => {
    if (!effects.isLicensed) return toRefused('NOT_LICENSED', { vendor });
    const check = await effects.check();
    if (check.kind !== 'connected') return toCheckRefusal(vendor, check);
    if (check.centreId === null)
      return toRefused('MANY_CENTRES', { vendor, n: String(check.centreCount) }, check.report);
    if (await effects.isDesktopBlocked()) return toRefused('DESKTOP_ON', { vendor });
    const enabling = await effects.prepare(check, toConfirmed(request));
    if ('refusal' in enabling) return enabling.refusal;
    const { open, plan } = enabling;
    const shown = { warnings: open, ...(plan !== null && { plan: toShown(plan) }) };
    if (open.length > 0)
      return toRefused('WARNINGS_OPEN', { vendor, list: open.map(({ id }) => id).join(', ') }, shown);
    const approved = toPayloadText(request.payload, 'plan');
    if (plan !== null && approved !== null && approved !== plan.digest)
      return toRefused('PLAN_STALE', { vendor }, shown);
    await begin();
    await enabling.enable(request.requestedBy ?? 'unknown');
    await effects.untilAtWork();
    return toDone({ enabled: true, centre: check.centreId, ...(plan !== null && { plan: toShown(plan) }) });
  };
}

function toShown({ digest, document }: InitialPlan): JsonObject {
  return { ...document, digest };
}

function toConfirmed({ payload }: CommandRequest): readonly string[] {
  const given = payload['confirmed'];
  return Array.isArray(given) ? given.filter((one) => typeof one === 'string') : [];
}
