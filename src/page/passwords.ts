import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';

/*
 * Passwords of the page's users.
 *
 * A password is kept as `scrypt$<log2 of N>$<r>$<p>$<salt>$<hash>`, so that the cost can be raised later: each hash is
 * checked with the cost that it was made with. With the default, one check takes about 32 MB and a tenth of a second or
 * two, which a person does not notice and a thousand guesses do.
 */

/** `logN`: each step doubles memory and time. */
export type PasswordCost = { readonly logN: number; readonly r: number; readonly p: number };
export const defaultCost: PasswordCost = { logN: 15, r: 8, p: 3 };

const saltBytes = 16;
const hashBytes = 32;

/** Makes the hash that is kept, with a salt of its own. */
export async function hashPassword(password: string, cost: PasswordCost = defaultCost): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, cost);
  const { logN, r, p } = cost;
  return ['scrypt', logN, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether a password is that of a hash. `kept` null: there is no such user. Then as much is computed, so that the time of
 * the answer does not say which names exist.
 */
export async function isPassword(
  password: string,
  kept: string | null,
  cost: PasswordCost = defaultCost,
  compute: typeof derive = derive,
): Promise<boolean> {
  const parsed = kept === null ? null : parse(kept);
  if (parsed === null) {
    await compute(password, Buffer.alloc(saltBytes), cost);
    return false;
  }
  const hash = await compute(password, parsed.salt, parsed.cost);
  return hash.length === parsed.hash.length && timingSafeEqual(hash, parsed.hash);
}

function parse(
  kept: string,
): { readonly cost: PasswordCost; readonly salt: Buffer; readonly hash: Buffer } | null {
  const [kind, logN, r, p, salt, hash] = kept.split('$');
  if (kind !== 'scrypt' || salt === undefined || hash === undefined) return null;
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
}

/** Unicode is normalised: the same letters typed on another keyboard are the same password. */
async function derive(password: string, salt: Buffer, { logN, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** logN;
  const options = { N, r, p, maxmem: 2 * 128 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, hashBytes, options, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}

/** Without letters and digits that are easily taken for one another: 31 of them. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password for one use that a person can read and type: 20 characters, 99 bits of chance. */
export function createOneTimePassword(): string {
  const letters = Array.from({ length: 20 }, () => alphabet[randomInt(alphabet.length)] ?? 'a');
  return (letters.join('').match(/.{5}/g) ?? []).join('-');
}

const leastLength = 12;

/** Why a new password is not taken, as a sentence; null: it is. */
export function findPasswordFault(
  next: string,
  { current, name }: { readonly current: string; readonly name: string },
): string | null {
  if ([...next].length < leastLength) return `A password needs at least ${leastLength} characters.`;
  if (next === current) return 'The new password must be another one than the present one.';
  if (next.toLowerCase().includes(name)) return 'The password must not contain your user name.';
  if (new Set(next).size < 5) return 'The password repeats the same few characters. Choose another one.';
  return null;
}
