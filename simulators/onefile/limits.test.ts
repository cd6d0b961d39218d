import { expect, test } from 'vitest';
import { NOW, openCentre } from './testing/open-simulator.ts';

const at = (time: string) => ({ mode: 'frozen', now: `2026-01-15T${time}Z` });

test('the window is the clock minute: it ends with second 59 and a new one starts with second 0', async () => {
  const { get, door } = await openCentre({ 'rate-limit': 3 });
  await door('POST', '/clock', at('09:00:00'));
  expect((await get('Customer')).status).toBe(200);
  expect((await get('Customer')).status).toBe(200);
  await door('POST', '/clock', at('09:00:59.999'));
  expect((await get('Customer')).status).toBe(429);
  await door('POST', '/clock', at('09:01:00'));
  expect((await get('Customer')).status).toBe(200);
});

test('calls that end in an error count too, and so does authentication', async () => {
  const { get, authenticate, doorJson } = await openCentre();
  await authenticate();
  await get('Nowhere');
  await get('User/1');
  expect(await doorJson('/rate')).toEqual([
    { scope: 'customer:11', customerId: 11, calls: 4, highest: 4, limited: 0 },
  ]);
});

test('a call with an unknown session counts for the address it comes from', async () => {
  const { call, doorJson } = await openCentre();
  expect((await call('GET', 'Customer', undefined, { 'X-TokenID': 'none' })).status).toBe(401);
  expect((await doorJson('/rate')).map(({ scope }: { scope: string }) => scope)).toEqual([
    'address:127.0.0.1',
  ]);
});

test('a limited call does no work and takes nothing from the next window', async () => {
  const { post, door, doorJson } = await openCentre();
  await post('Placement', { OrganisationID: 301, Name: 'First' });
  await door('POST', '/rate/exhaust', { customerId: 11 });
  expect((await post('Placement', { OrganisationID: 301, Name: 'Second' })).status).toBe(429);
  expect((await doorJson('/records/placements')).map(({ Name }: { Name: string }) => Name)).not.toContain(
    'Second',
  );
  await door('POST', '/clock', { advanceSeconds: 60 });
  expect((await post('Placement', { OrganisationID: 301, Name: 'Third' })).status).toBe(200);
  expect((await doorJson('/rate'))[0]).toMatchObject({ calls: 1, highest: 300, limited: 1 });
});

test('a forced window limits every call of the customer until it ends', async () => {
  const { get, door, authenticate, call } = await openCentre();
  const other = await authenticate('sim-customer-2');
  await get('Customer');
  await door('POST', '/rate/window', { seconds: 90, customerId: 11 });
  expect((await get('Customer')).status).toBe(429);
  expect((await call('GET', 'Customer', undefined, { 'X-TokenID': other })).status).toBe(200);
  await door('POST', '/clock', { advanceSeconds: 90 });
  expect((await get('Customer')).status).toBe(200);
  await door('POST', '/rate/window', { seconds: 90 });
  expect((await get('Customer')).status).toBe(429);
  await door('DELETE', '/rate/window');
  expect((await get('Customer')).status).toBe(200);
});

test('a session lives 24 hours from its issue, however often it is used', async () => {
  const { get, door } = await openCentre();
  await get('Customer');
  await door('POST', '/clock', { advanceSeconds: 86_399 });
  expect((await get('Customer')).status).toBe(200);
  await door('POST', '/clock', { advanceSeconds: 1 });
  expect(await get('Customer')).toMatchObject({
    status: 401,
    text: '{"code":-9999,"message":"Session token is not valid"}',
  });
});

test('sessions are valid side by side until they are ended, and are shown without their tokens', async () => {
  const { authenticate, call, door, doorJson } = await openCentre();
  const tokens = [await authenticate(), await authenticate()] as const;
  const use = async (token: string) =>
    (await call('GET', 'Customer', undefined, { 'X-TokenID': token })).status;
  expect([await use(tokens[0]), await use(tokens[1])]).toEqual([200, 200]);
  expect((await door('POST', '/sessions/expire', { customerId: 11 })).text).toBe('{"ended":2}');
  expect([await use(tokens[0]), await use(tokens[1])]).toEqual([401, 401]);
  const shown = await doorJson('/sessions');
  expect(shown[0]).toMatchObject({ customerId: 11, issued: NOW, uses: 1, ended: NOW });
  expect(shown[0].token).toMatch(/^[0-9a-f]{12}$/);
  expect(JSON.stringify(await doorJson('/calls'))).not.toContain(tokens[0].slice(0, 20));
});

test('in maintenance every call is turned away without work and without counting', async () => {
  const { get, door, doorJson } = await openCentre();
  await get('Customer');
  await door('POST', '/maintenance', { seconds: 600 });
  expect(await get('Customer')).toMatchObject({
    status: 503,
    text: '{"code":-9999,"message":"OneFile is closed for maintenance"}',
  });
  expect((await doorJson('/rate'))[0].calls).toBe(2);
  await door('POST', '/clock', { advanceSeconds: 600 });
  expect((await get('Customer')).status).toBe(200);
  expect((await doorJson('/calls?outcome=maintenance')).length).toBe(1);
});

test.each([
  ['winter', '2026-01-15T07:10:00Z', 503],
  ['winter, too early', '2026-01-15T06:10:00Z', 200],
  ['summer, an hour ahead of UTC', '2026-07-15T06:10:00Z', 503],
  ['the end is not part of it', '2026-07-15T06:30:00Z', 200],
])('a daily maintenance window is on the clock of London: %s', async (_case, now, status) => {
  const { get, door } = await openCentre();
  await door('POST', '/clock', { mode: 'frozen', now });
  await door('POST', '/maintenance', { daily: { from: '07:00', to: '07:30' } });
  const answer = await get('Customer');
  // Authentication is turned away as well, so the call goes out without a session and still gets the same answer.
  expect(answer.status).toBe(status);
});

test('maintenance between two instants can be ended early', async () => {
  const { get, door } = await openCentre();
  await get('Customer');
  await door('POST', '/maintenance', { from: '2026-01-15T09:00:00Z', to: '2026-01-15T10:00:00Z' });
  expect((await get('Customer')).status).toBe(503);
  await door('DELETE', '/maintenance');
  expect((await get('Customer')).status).toBe(200);
});

test('the Date header follows the simulated clock', async () => {
  const { get } = await openCentre();
  expect((await get('Customer')).headers.get('date')).toBe('Thu, 15 Jan 2026 09:12:44 GMT');
});
