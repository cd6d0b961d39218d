import type { AuthStrategy } from '../contract.ts';
import { isRow } from '../values.ts';
import * as wire from './names.ts';

/*
 * How the three parts of the credential travel: with each call, or once for a token that lives for a while.
 */

const jsonHeaders = { accept: 'application/json' };

export const basicKey: AuthStrategy = {
  signIn: null,
  sign: ({ method, path, content }, { credential }) => {
    const { userName, password, clientKey } = credential;
    const pair = Buffer.from(`${userName()}:${password()}`, 'utf8').toString('base64');
    return {
      method,
      path,
      headers: {
        ...jsonHeaders,
        ...(content !== null && { 'content-type': 'application/json; charset=utf-8' }),
        [wire.headers.authorization]: `Basic ${pair}`,
        [wire.headers.clientKey]: clientKey(),
      },
      body: content,
    };
  },
};

export const byToken: AuthStrategy = {
  signIn: {
    request: ({ userName, password, clientKey }) => ({
      method: 'POST',
      path: `${wire.base}${wire.routes.token.split(' ')[1]}`,
      headers: { ...jsonHeaders, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        [wire.token.grantType]: wire.token.byPassword,
        [wire.token.userName]: userName(),
        [wire.token.password]: password(),
        [wire.token.clientKey]: clientKey(),
      }).toString(),
    }),
    tokenOf: (body) => {
      if (body.kind !== 'value' || !isRow(body.value)) return null;
      const token = body.value[wire.token.accessToken];
      const seconds = Number(body.value[wire.token.expiresIn]);
      const isToken = typeof token === 'string' && /^[\x21-\x7e]{1,8000}$/.test(token);
      return isToken && seconds > 0 ? { token, lifeMs: seconds * 1000 } : null;
    },
  },
  sign: ({ method, path, content }, { token }) => ({
    method,
    path,
    headers: {
      ...jsonHeaders,
      ...(content !== null && { 'content-type': 'application/json; charset=utf-8' }),
      [wire.headers.authorization]: `Bearer ${token ?? ''}`,
    },
    body: content,
  }),
};
