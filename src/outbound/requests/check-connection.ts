import type { JsonObject } from '../../core/json.ts';
import type { Answer } from './request.ts';
import { toRefused } from './request.ts';

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
