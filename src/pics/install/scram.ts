import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

const iterations = 4096;

/**
 * Builds a SCRAM-SHA-256 verifier, which Postgres stores unchanged. It is sent in place of the password, so
 * that a statement log of the server never contains the password.
 */
export function encodeScramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** Whether a stored verifier belongs to this password. False for any other form, such as md5. */
export function isVerifierOf(password: string, verifier: string): boolean {
  const match = /^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(verifier);
  if (match?.[1] === undefined) return false;
  const made = Buffer.from(encodeScramVerifier(password, Buffer.from(match[1], 'base64')));
  const stored = Buffer.from(verifier);
  return made.length === stored.length && timingSafeEqual(made, stored);
}
