/*
 * Cases of the switches for sessions and limits, a row for each value: what to do at the bench, and what it must
 * show. The test beside the switches runs them and checks that no value is left out.
 */

import {
  brief,
  type Case,
  lifeAfter,
  limitedBody,
  noCustomer,
  noSession,
  retryAfter,
  session,
  status,
  statusesAt,
  token,
  twoSessions,
} from './looking.ts';

export const CALLERS: readonly Case[] = [
  {
    name: 'expired-session',
    value: '401-json',
    show: (b) => brief(noSession(b)),
    expected: `401 ${session}`,
  },
  { name: 'expired-session', value: '401-empty', show: (b) => brief(noSession(b)), expected: 401 },
  {
    name: 'expired-session',
    value: '403-json',
    show: (b) => brief(noSession(b)),
    expected: `403 ${session}`,
  },
  {
    name: 'bad-customer-token',
    value: '401-json',
    show: (b) => brief(noCustomer(b)),
    expected: `401 ${token}`,
  },
  {
    name: 'bad-customer-token',
    value: '403-json',
    show: (b) => brief(noCustomer(b)),
    expected: `403 ${token}`,
  },
  {
    name: 'bad-customer-token',
    value: '400-json',
    show: (b) => brief(noCustomer(b)),
    expected: `400 ${token}`,
  },
  {
    name: 'rate-limit',
    value: 2,
    show: (b) => limitedBody(b),
    expected: '429 {"code":-9999,"message":"Rate limit exceeded"}',
  },
  { name: 'rate-limit', value: 0, show: statusesAt([0, 0, 0]), expected: [200, 200, 200] },
  {
    name: 'rate-window',
    value: 'clock-minute',
    also: { 'rate-limit': 2 },
    show: statusesAt([50, 59, 59, 60, 61, 62]),
    expected: [200, 200, 429, 200, 200, 429],
  },
  {
    name: 'rate-window',
    value: 'from-first',
    also: { 'rate-limit': 2 },
    show: statusesAt([50, 59, 60, 109, 110]),
    expected: [200, 200, 429, 429, 200],
  },
  {
    name: 'rate-window',
    value: 'sliding',
    also: { 'rate-limit': 2 },
    show: statusesAt([50, 59, 60, 109, 110, 111, 119]),
    expected: [200, 200, 429, 429, 200, 429, 200],
  },
  {
    name: 'rate-scope',
    value: 'customer',
    also: { 'rate-limit': 3 },
    show: twoSessions,
    expected: [200, 429],
  },
  {
    name: 'rate-scope',
    value: 'session',
    also: { 'rate-limit': 2 },
    show: twoSessions,
    expected: [200, 200],
  },
  {
    name: 'rate-scope',
    value: 'address',
    also: { 'rate-limit': 3 },
    show: twoSessions,
    expected: [200, 429],
  },
  {
    name: 'rate-counts-auth',
    value: 'yes',
    also: { 'rate-limit': 1 },
    show: (b) => status(b.get('Customer')),
    expected: 429,
  },
  {
    name: 'rate-counts-auth',
    value: 'no',
    also: { 'rate-limit': 1 },
    show: (b) => status(b.get('Customer')),
    expected: 200,
  },
  {
    name: 'rate-body',
    value: 'json',
    also: { 'rate-limit': 2 },
    show: limitedBody,
    expected: '429 {"code":-9999,"message":"Rate limit exceeded"}',
  },
  { name: 'rate-body', value: 'empty', also: { 'rate-limit': 2 }, show: limitedBody, expected: 429 },
  { name: 'rate-retry-after', value: 'none', also: { 'rate-limit': 2 }, show: retryAfter, expected: null },
  { name: 'rate-retry-after', value: 'seconds', also: { 'rate-limit': 2 }, show: retryAfter, expected: '16' },
  {
    name: 'rate-retry-after',
    value: 'http-date',
    also: { 'rate-limit': 2 },
    show: retryAfter,
    expected: 'Thu, 15 Jan 2026 09:13:00 GMT',
  },
  {
    name: 'maintenance-answer',
    value: '503-json',
    show: async (b) => {
      await b.door('POST', '/maintenance', { seconds: 9 });
      return (await b.get('Customer')).headers.get('content-type');
    },
    expected: 'application/json; charset=utf-8',
  },
  {
    name: 'maintenance-answer',
    value: '503-html',
    show: async (b) => {
      await b.door('POST', '/maintenance', { seconds: 9 });
      return (await b.get('Customer')).headers.get('content-type');
    },
    expected: 'text/html; charset=utf-8',
  },
  {
    name: 'maintenance-answer',
    value: 'refuse',
    show: async (b) => {
      await b.door('POST', '/maintenance', { seconds: 9 });
      return b.get('Customer').catch(() => 'cut');
    },
    expected: 'cut',
  },
  {
    name: 'unproven-endpoints',
    value: '404',
    show: async (b) => [
      await status(b.get('KeyChain/1')),
      await status(b.get('Visit/700011')),
      await status(b.post('User/400060/SSO')),
    ],
    expected: [404, 404, 404],
  },
  {
    name: 'unproven-endpoints',
    value: '403',
    show: async (b) => [
      await status(b.get('Episode')),
      await status(b.call('DELETE', 'Visit/700011')),
      await status(b.get('Progress/1')),
      await status(b.post('Assessment')),
    ],
    expected: [403, 403, 403, 403],
  },
  { name: 'session-lifetime-s', value: 100, show: lifeAfter(60), expected: [200, 401] },
  {
    name: 'session-expiry',
    value: 'fixed',
    also: { 'session-lifetime-s': 100 },
    show: lifeAfter(60),
    expected: [200, 401],
  },
  {
    name: 'session-expiry',
    value: 'sliding',
    also: { 'session-lifetime-s': 100 },
    show: lifeAfter(60),
    expected: [200, 200],
  },
  { name: 'session-parallel', value: 'many', show: twoSessions, expected: [200, 200] },
  { name: 'session-parallel', value: 'one', show: twoSessions, expected: [401, 200] },
  { name: 'token-body', value: 'bare', show: async (b) => (await b.authenticate()).length, expected: 344 },
  {
    name: 'token-body',
    value: 'json-string',
    show: async (b) => JSON.parse(await b.authenticate()).length,
    expected: 344,
  },
];
