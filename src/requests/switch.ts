import type { JsonObject } from '../domain/json.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import { type HandleCommand, toDone, toPayloadText, toRefused } from './request.ts';

/** What a look at the settings and at the vendor found. Only the sign-in and what it opens is called for it. */
export type ConnectionCheck =
  | {
      readonly kind: 'connected';
      /** The chosen centre, or the only one; null = several to choose from. */
      readonly centreId: string | null;
      readonly centreCount: number;
      /** For people: version, customer, centres, names nobody has proven. */
      readonly report: JsonObject;
    }
  | { readonly kind: 'settings-missing'; readonly settings: readonly string[] }
  | { readonly kind: 'unreachable'; readonly address: string }
  | { readonly kind: 'bad-sign-in' }
  /** The chosen centre is none of those the sign-in reaches. */
  | { readonly kind: 'centre-unknown'; readonly centreId: string; readonly report: JsonObject };

export type Connected = Extract<ConnectionCheck, { kind: 'connected' }>;

/** The refusal that follows from a check, in the order administrators know. */
export function toCheckRefusal(vendor: string, check: Exclude<ConnectionCheck, Connected>): Answer {
  switch (check.kind) {
    case 'settings-missing':
      return toRefused('SETTINGS_MISSING', { vendor, settings: check.settings.join(', ') });
    case 'unreachable':
      return toRefused('UNREACHABLE', { vendor, address: check.address });
    case 'bad-sign-in':
      return toRefused('BAD_SIGN_IN', { vendor });
    case 'centre-unknown':
      return toRefused('ID_NOT_FOUND', { vendor, kind: 'centre', id: check.centreId }, check.report);
  }
}

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
