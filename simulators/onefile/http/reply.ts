import type { Value } from '../state/row.ts';
import type { SwitchValues } from '../switches.ts';

/** A whole answer: what goes on the wire, before any fault is done to it. */
export interface Reply {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
export const TEXT_TYPE = 'text/plain; charset=utf-8';

export const ORGANISATION_UNKNOWN = -11;
export const PLACEMENT_UNKNOWN = -57;
export const CLASSROOM_UNKNOWN = -58;
/** Every error that is not one of the three codes known of OneFile. */
const RESERVED = -9999;

export const NO_CONTENT: Reply = { status: 204, contentType: null, body: '' };
export const EMPTY_OK: Reply = { status: 200, contentType: null, body: '' };

export const jsonReply = (status: number, body: unknown): Reply => ({
  status,
  contentType: JSON_TYPE,
  body: JSON.stringify(body),
});

export const textReply = (status: number, body: string): Reply => ({ status, contentType: TEXT_TYPE, body });

export const okReply = (body: Value | readonly Value[]): Reply => jsonReply(200, body);

export const errorReply = (status: number, message: string): Reply =>
  jsonReply(status, { code: RESERVED, message });

export const notFound = (what: string): Reply => errorReply(404, `${what} not found`);
export const forbidden = (message: string): Reply => errorReply(403, message);

/** A 400 in the form the switch asks for. */
export function badRequest(switches: SwitchValues, message: string, code: number = RESERVED): Reply {
  switch (switches['error-400']) {
    case 'known-codes':
      return jsonReply(400, { code, message });
    case 'reserved-only':
      return jsonReply(400, { code: RESERVED, message });
    case 'pascal-names':
      return jsonReply(400, { Code: code, Message: message });
    case 'text':
      return textReply(400, message);
    case 'empty':
      return { status: 400, contentType: null, body: '' };
  }
}

/** `401-json`, `403-json`, `400-json` or `401-empty`, as several switches spell it. */
export function switchedReply(choice: `${401 | 403 | 400}-json` | '401-empty', message: string): Reply {
  if (choice === '401-empty') return { status: 401, contentType: null, body: '' };
  return errorReply(Number(choice.slice(0, 3)), message);
}
