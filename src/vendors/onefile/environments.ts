/** OneFile's environments. A customer token belongs to one of them. */
export const environments = ['live', 'beta', 'practice', 'simulator'] as const;
export type Environment = (typeof environments)[number];

const addresses: Readonly<Record<Exclude<Environment, 'simulator'>, string>> = {
  live: 'https://wsapi.onefile.co.uk/api/v2.1',
  practice: 'https://wsapi2.onefile.co.uk/api/v2.1',
  beta: 'https://wsapibeta.onefile.co.uk/api/v2.1',
};

/** The fixed address of an environment of OneFile; the simulator's is told by the configuration. */
export function toAddress(environment: Exclude<Environment, 'simulator'>): string {
  return addresses[environment];
}

/**
 * Whether an address can only be this machine or its own network.
 *
 * The simulator's address is free, so it must not be able to name a vendor: loopback, private ranges, and names without
 * a public ending, as containers have them.
 */
export function isLocalAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (host === '[::1]' || /^\[f[cd][0-9a-f]{2}:/.test(host)) return true;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return isPrivateAddress(host);
  if (host.startsWith('[')) return false;
  return /^[a-z0-9_-]+$/.test(host) || /\.(localhost|local|internal|test)$/.test(host);
}

/** 127/8, 10/8, 172.16/12, 192.168/16. URL has already turned other spellings into four numbers. */
function isPrivateAddress(host: string): boolean {
  const [first = 0, second = 0] = host.split('.').map(Number);
  return (
    first === 127 ||
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168)
  );
}
