/** How far a contract can be trusted: `verified` was compared with the vendor's own answers. */
export type Trust = 'assumed' | 'seen' | 'verified';

/**
 * Whether a host can only be this machine. Private ranges, `0.0.0.0` and other names are not local: a name can be made
 * to lead anywhere, and a private address to a gateway of the vendor.
 */
export function isLocalHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]') return true;
  // URL has already converted other notations into four numbers.
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** An address that is a scheme, a host and perhaps a port, and nothing else; null when it is more or less. */
export function toOrigin(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, username, password, pathname, search, hash, origin } = new URL(address);
  const isBare =
    username === '' &&
    password === '' &&
    pathname === '/' &&
    search === '' &&
    hash === '' &&
    !address.includes('?');
  return isBare && (protocol === 'http:' || protocol === 'https:') ? origin : null;
}

type Origin = {
  readonly origin: string;
  readonly contract: { readonly id: string; readonly trust: Trust };
  /** The one origin beyond this machine that may be called all the same. */
  readonly allowed: string | undefined;
};

/**
 * SA-1: why an origin must not be called, as a sentence without its subject; null when it may.
 *
 * A contract that is assumed, or that was never compared with the vendor, may meet this machine only: sent to a real
 * site, an invented request could do something invented to real people. The same holds for a credential over plain
 * HTTP. One exception can be set, and it must be the very same origin.
 */
export function findOriginFault({ origin, contract, allowed }: Origin): string | null {
  const bare = toOrigin(origin);
  if (bare === null) return 'must be a scheme, a host and perhaps a port, without user, path or query';
  if (isLocalHost(new URL(bare).hostname) || (allowed !== undefined && toOrigin(allowed) === bare))
    return null;
  if (contract.id.startsWith('assumed-') || contract.trust !== 'verified')
    return `must be on this machine: the contract ${contract.id} is not verified, and only the origin in allowUnverifiedOrigin is excepted`;
  if (bare.startsWith('http:'))
    return 'must begin with https: the credential would travel in plain text, and only the origin in allowUnverifiedOrigin is excepted';
  return null;
}
