import type { Reply } from '../../common/server.ts';
import type { SwitchValues } from '../switches.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';

export const ORGANISATION_UNKNOWN = -11;
export const PLACEMENT_UNKNOWN = -57;
export const CLASSROOM_UNKNOWN = -58;
/** Every error that is not one of the three codes known of OneFile. */
const RESERVED = -9999;

export const NO_CONTENT: Reply = { status: 204, contentType: null, body: '' };
export const EMPTY_OK: Reply = { status: 200, contentType: null, body: '' };

export const jsonTextReply = (status: number, body: string): Reply => ({
  status,
  contentType: JSON_TYPE,
  body,
});

export const jsonReply = (status: number, body: unknown): Reply =>
  jsonTextReply(status, JSON.stringify(body));

export const textReply = (status: number, body: string): Reply => ({ status, contentType: TEXT_TYPE, body });

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

/** The answer while OneFile is closed for maintenance; null when the connection is refused. */
export function maintenanceReply(switches: SwitchValues): Reply | null {
  switch (switches['maintenance-answer']) {
    case '503-json':
      return errorReply(503, 'OneFile is closed for maintenance');
    case '503-html':
      return {
        status: 503,
        contentType: 'text/html; charset=utf-8',
        body: '<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>',
      };
    case 'refuse':
      return null;
  }
}

/** The answer to a call over the limit. `waitMs` is what is left of the window, which ends at `freeAtMs`. */
export function limitedReply(
  switches: SwitchValues,
  { waitMs, freeAtMs }: { waitMs: number; freeAtMs: number },
): Reply {
  const base =
    switches['rate-body'] === 'empty'
      ? { status: 429, contentType: null, body: '' }
      : errorReply(429, 'Rate limit exceeded');
  switch (switches['rate-retry-after']) {
    case 'none':
      return base;
    case 'seconds':
      return { ...base, headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) } };
    case 'http-date':
      return { ...base, headers: { 'Retry-After': new Date(freeAtMs).toUTCString() } };
  }
}
