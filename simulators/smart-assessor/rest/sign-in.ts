/*
 * The three parts of a credential, as REST carries them: Basic with a key header on each call, or a form that is changed
 * for a bearer token. The login is judged before the key. What the history keeps is which part was right.
 */

import { CLIENT_KEY, explainParts, PASSWORD, USER_NAME } from '../credential.ts';
import { type Head, headerOf, jsonReply, type Worked } from '../facade.ts';
import type { World } from '../world.ts';

export interface Credential {
  readonly refused: 'login' | 'key' | null;
  readonly explained: string;
}

interface Parts {
  readonly user: string;
  readonly password: string;
  readonly key: string;
}

function refusedPart({ switches }: World, { user, password, key }: Parts): Credential['refused'] {
  const isLogin = switches.sso === 'off' && user === USER_NAME && password === PASSWORD;
  if (!isLogin) return 'login';
  return key === CLIENT_KEY ? null : 'key';
}

export function judgeCredential(world: World, head: Head): Credential {
  const { clock, tokens, switches } = world;
  const header = headerOf(head, 'authorization') ?? '';
  const [scheme = '', rest = ''] = header.split(' ', 2);
  const strategy = switches['auth-strategy'];
  if (scheme.toLowerCase() === 'bearer') {
    const isGood = strategy !== 'basic-key' && tokens.isGood(rest, clock.nowMs());
    return { refused: isGood ? null : 'login', explained: `token ${isGood ? 'right' : 'wrong'}` };
  }
  const key = headerOf(head, 'x-client-key') ?? '';
  const text = scheme.toLowerCase() === 'basic' ? Buffer.from(rest, 'base64').toString('utf8') : '';
  const at = text.indexOf(':');
  const parts: Parts = {
    user: at < 0 ? text : text.slice(0, at),
    password: at < 0 ? '' : text.slice(at + 1),
    key,
  };
  const refused = strategy === 'token' ? 'login' : refusedPart(world, parts);
  return { refused, explained: explainParts(parts) };
}

interface TokenCall {
  readonly credential: string;
  readonly keptBody: string;
  readonly isPasswordSent: boolean;
  readonly work: () => Worked;
}

const refusal = (status: number, message: string): Worked => ({
  reply: jsonReply(status, { message }),
  resultId: null,
  code: String(status),
});

export function answerToken(world: World, text: string): TokenCall {
  const form = new URLSearchParams(text);
  const parts: Parts = {
    user: form.get('username') ?? '',
    password: form.get('password') ?? '',
    key: form.get('client_key') ?? '',
  };
  const credential = explainParts(parts);
  return {
    credential,
    keptBody: `(a credential: ${credential})`,
    isPasswordSent: parts.password !== '',
    work: () => {
      const { clock, tokens, switches } = world;
      if (switches['auth-strategy'] === 'basic-key') return refusal(404, 'The resource was not found.');
      if (form.get('grant_type') !== 'password') return refusal(400, 'The grant type must be password.');
      const refused = refusedPart(world, parts);
      if (refused === 'login') return refusal(401, 'The user name or password is not valid.');
      if (refused === 'key') return refusal(403, 'The client key is not valid for this site.');
      const lifeS = switches['token-life-s'];
      const body = {
        access_token: tokens.issue(clock.nowMs(), lifeS),
        token_type: 'bearer',
        expires_in: lifeS,
      };
      return { reply: jsonReply(200, body), resultId: null, code: null };
    },
  };
}
