import { z } from 'zod';
import { Secret } from '../base/secret.ts';

export const port = z.number().int().min(1).max(65_535).meta({ shownAs: 'port' });

export const hostName = z
  .string()
  .regex(/^[\w.:-]+$/, { error: 'must be a host name or an address, without protocol and port' })
  .meta({ shownAs: 'host' });

/** Milliseconds, from 1 on. */
export const durationMs = z.number().int().min(1);
export const wholeNumber = z.number().int().min(1);

const broker = z.string().regex(/^[\w.-]+:\d{1,5}$/, { error: 'must be "host:port"' });
export const brokerList = z.array(broker).min(1, { error: 'must name at least one broker' });

/** A base address without a slash at its end. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
  .refine(isWithoutPassword, { error: 'must not hold a password' })
  .transform((url) => url.replace(/\/+$/, ''))
  .meta({ shownAs: 'address' });

/** An address that may hold a password: then it is given by reference. The result is always a secret. */
export function urlOrSecret(protocol: RegExp, example: string) {
  return z
    .custom<string | Secret>((value) => typeof value === 'string' || value instanceof Secret, {
      error: `must be an address like ${example}, or a reference to one`,
    })
    .superRefine((given, context) => {
      const url = given instanceof Secret ? given.reveal() : given;
      if (!protocol.test(toProtocol(url))) {
        context.addIssue({ code: 'custom', message: `must be an address like ${example}` });
      } else if (given === url && !isWithoutPassword(url)) {
        const message =
          'holds a password: give the whole address by reference, { env: NAME } or { file: path }';
        context.addIssue({ code: 'custom', message });
      }
    })
    .transform((given) => (given instanceof Secret ? given : new Secret(given)))
    .meta({ shownAs: 'address, or a secret when it holds a password' });
}

function toProtocol(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

function isWithoutPassword(url: string): boolean {
  return !URL.canParse(url) || new URL(url).password === '';
}
