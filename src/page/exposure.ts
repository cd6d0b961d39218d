import { isIPv6 } from 'node:net';

/*
 * From where the page can be reached. Passwords and names must not travel over a network unprotected: where the server
 * listens on more than this machine, it needs TLS of its own, or a proxy in front of it that has it.
 */

export type Exposure =
  | { readonly kind: 'local' | 'public'; readonly isTls: boolean }
  /** The page is not served; everything else at the address is. */
  | { readonly kind: 'refused'; readonly sentence: string };

export function decideExposure({
  host,
  hasTls,
  trustedProxies,
}: {
  readonly host: string;
  readonly hasTls: boolean;
  readonly trustedProxies: readonly string[];
}): Exposure {
  const isTls = hasTls || trustedProxies.length > 0;
  if (isLoopback(host)) return { kind: 'local', isTls };
  if (isTls) return { kind: 'public', isTls };
  const sentence = `The page is not served: http.host is ${host}, which other machines can reach, and passwords would travel unprotected. Set http.host to 127.0.0.1, or give page.tls, or name the proxy that has TLS in page.trustedProxies.`;
  return { kind: 'refused', sentence };
}

/** Whether only this machine can be meant. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '').replace(/^::ffff:/i, '');
  return plain === 'localhost' || plain === '::1' || (!isIPv6(plain) && /^127(\.\d{1,3}){3}$/.test(plain));
}
