import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Store } from '../domain/ports.ts';
import type { UserRole } from '../domain/user.ts';
import type { Refusal } from './api.ts';
import { isProof, readVisitor, type Visitor } from './sign-in.ts';

/*
 * Who may call which address of the page. Every address under `/api` says what it needs; without a word it needs a user.
 */

declare module 'fastify' {
  interface FastifyRequest {
    visitor: Visitor | null;
  }
  interface FastifyContextConfig {
    /** Who may call it; absent: every user. `anyone`: without signing in. */
    readonly needs?: UserRole | 'anyone';
    /** Allowed also before a password that another person gave was changed. */
    readonly beforeChange?: boolean;
  }
}

export const cookieName = 'picsync_session';
const ranks: Readonly<Record<UserRole, number>> = { viewer: 0, operator: 1, admin: 2 };

/** Lets a request on only with what its address needs. */
export async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  users: Store['users'],
): Promise<FastifyReply | undefined> {
  const { needs = 'viewer', beforeChange = false } = request.routeOptions.config;
  const isChange = request.method !== 'GET';
  if (isChange && !isOfThisOrigin(request))
    return refuse(reply, 403, {
      code: 'OTHER_ORIGIN',
      sentence: 'This was asked for by another page and was not done.',
    });
  const token = request.cookies[cookieName];
  const isActive = request.headers['x-picsync-active'] === 'yes';
  request.visitor = token === undefined ? null : await readVisitor(token, isActive, users);
  if (needs === 'anyone') return undefined;
  const { visitor } = request;
  if (visitor === null)
    return refuse(reply, 401, { code: 'SIGNED_OUT', sentence: 'Your session has ended. Sign in again.' });
  if (isChange && !isProof(request.headers['x-picsync-token'], visitor.token))
    return refuse(reply, 403, {
      code: 'NO_TOKEN',
      sentence: 'This was asked for without the token of the page and was not done. Load the page again.',
    });
  if (visitor.user.mustChange && !beforeChange)
    return refuse(reply, 403, { code: 'PASSWORD_FIRST', sentence: 'Choose a password of your own first.' });
  if (ranks[visitor.user.role] < ranks[needs]) {
    const { name } = visitor.user;
    const about = `${request.method} ${request.routeOptions.url ?? ''}`;
    await users.recordAudit({ by: name, act: 'refused', about, idents: [], address: request.ip });
    return refuse(reply, 403, {
      code: 'NOT_ALLOWED',
      sentence: `Your role is ${visitor.user.role}. This needs the role ${needs}; ask an admin.`,
    });
  }
  return undefined;
}

/** Browsers name the origin of every request that changes something, and cannot be made to name another. */
function isOfThisOrigin({ headers, protocol, host }: FastifyRequest): boolean {
  if (headers.origin !== undefined) return headers.origin === `${protocol}://${host}`;
  return headers['sec-fetch-site'] === 'same-origin';
}

/** Answers with a code and a sentence. */
export function refuse(reply: FastifyReply, status: number, refusal: Refusal): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send(refusal);
}
