import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Store } from '../domain/ports.ts';
import { isUserName, type User } from '../domain/user.ts';
import { defaultCost, findPasswordFault, hashPassword, isPassword, type PasswordCost } from './passwords.ts';

/*
 * Signing in and out, and what a session is.
 *
 * A session is a random token in a cookie. The sync database keeps only its hash. What a browser must send with everything
 * that changes something is derived from the token: a page of another origin can have the cookie sent, but cannot read what
 * belongs beside it. Wrong attempts are counted by name and address. From the fifth within a quarter of an hour on, the
 * pair has to wait, whether the name exists or not; an address that tries many names has to wait too.
 */

/** A user with the token of the session that the request came with. */
export type Visitor = { readonly user: User; readonly token: string };

type SignInPorts = {
  readonly users: Store['users'];
  readonly cost?: PasswordCost;
};

const mostOfBoth = 5;
const mostOfAddress = 25;

type SignIn =
  | { readonly kind: 'signed-in'; readonly token: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait' };

/** Tries a name and a password. A wrong name takes as long as a wrong password, and is answered alike. */
export async function signIn(
  { name, password }: { readonly name: string; readonly password: string },
  address: string,
  { users, cost = defaultCost }: SignInPorts,
): Promise<SignIn> {
  const wanted = name.trim().toLowerCase();
  const attempt = { name: digestOfText(wanted), address };
  const { ofBoth, ofAddress } = await users.countFailures(attempt);
  if (ofBoth >= mostOfBoth || ofAddress >= mostOfAddress) return { kind: 'wait' };
  const kept = isUserName(wanted) ? await users.readPassword(wanted) : null;
  const isRight = await isPassword(password, kept, cost);
  if (!isRight) {
    await users.noteFailure(attempt);
    // What was typed may be a password: only a name that exists is recorded.
    const by = kept === null ? 'unknown' : wanted;
    await users.recordAudit({ by, act: 'sign-in-failed', about: '', idents: [], address });
    return { kind: 'wrong' };
  }
  const token = await openSession(wanted, users);
  if (token === null) return { kind: 'wrong' };
  await users.forgetFailures(attempt);
  await users.recordAudit({ by: wanted, act: 'sign-in', about: '', idents: [], address });
  return { kind: 'signed-in', token };
}

/** Never with a token that the browser brought: one that was planted there stays worthless. */
async function openSession(name: string, users: SignInPorts['users']): Promise<string | null> {
  const token = randomBytes(32).toString('base64url');
  return (await users.openSession(name, digestOfText(token))) ? token : null;
}

/** Null: the session is unknown or has ended. `isActive`: a person is at work, so the idle time begins again. */
export async function readVisitor(
  token: string,
  isActive: boolean,
  users: SignInPorts['users'],
): Promise<Visitor | null> {
  const user = await users.readSession(digestOfText(token), isActive);
  return user === null ? null : { user, token };
}

export async function signOut(
  { user, token }: Visitor,
  address: string,
  users: SignInPorts['users'],
): Promise<void> {
  await users.endSession(digestOfText(token));
  await users.recordAudit({ by: user.name, act: 'sign-out', about: '', idents: [], address });
}

type PasswordChange =
  | { readonly kind: 'changed'; readonly token: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'refused'; readonly sentence: string };

/** Ends every session of the user, and opens one for the browser that asked. Wrong attempts count as those to sign in. */
export async function changePassword(
  { user: { name } }: Visitor,
  { current, next }: { readonly current: string; readonly next: string },
  address: string,
  { users, cost = defaultCost }: SignInPorts,
): Promise<PasswordChange> {
  const attempt = { name: digestOfText(name), address };
  if ((await users.countFailures(attempt)).ofBoth >= mostOfBoth) return { kind: 'wait' };
  if (!(await isPassword(current, await users.readPassword(name), cost))) {
    await users.noteFailure(attempt);
    return { kind: 'wrong' };
  }
  const sentence = findPasswordFault(next, { current, name });
  if (sentence !== null) return { kind: 'refused', sentence };
  await users.setPassword(name, { password: await hashPassword(next, cost), mustChange: false });
  await users.recordAudit({ by: name, act: 'password-changed', about: '', idents: [], address });
  const token = await openSession(name, users);
  return token === null ? { kind: 'wrong' } : { kind: 'changed', token };
}

/** What a browser sends beside the cookie with everything that changes something. */
export function proofOf(token: string): string {
  return createHmac('sha256', token).update('picsync page').digest('base64url');
}

export function isProof(given: unknown, token: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(proofOf(token))];
  return a.length === b.length && timingSafeEqual(a, b);
}

function digestOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
