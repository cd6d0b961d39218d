import { AssertionError } from 'node:assert';
import { expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { createLog, type LogFields } from './log.ts';

function setup(isPretty = false) {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', write: (line) => void lines.push(line), isPretty });
  const last = () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
  return { log, lines, last };
}

test('codes, coordinates and counts are written', () => {
  const { log, last } = setup();
  log.info('a batch was committed', { topic: 'pics.pics.trainee', partition: 3, nextOffset: 12n, count: 40 });
  expect(last()).toMatchObject({
    level: 'info',
    message: 'a batch was committed',
    topic: 'pics.pics.trainee',
    partition: 3,
    nextOffset: '12',
    count: 40,
  });
});

test('a field that is not on the list is dropped and counted, from any source', () => {
  const { log, lines } = setup();
  const smuggled = { firstName: 'Canary', email: 'canary@example.test', ident: '00017' } as LogFields;
  log.warn('held', smuggled);
  log.child(smuggled).warn('held');
  expect(lines.join('')).not.toMatch(/canary/i);
  expect(lines.join('')).toContain('00017');
  expect(log.droppedCount()).toBe(4);
});

test('an object as value is not written, under any field name', () => {
  const { log, lines } = setup();
  log.warn('held', { subject: { surname: 'Canary' } } as unknown as LogFields);
  expect(lines.join('')).not.toContain('Canary');
});

test('the message of a foreign error stays out; its name, code and place are written', () => {
  const { log, last, lines } = setup();
  const error = Object.assign(new Error('invalid input syntax for type date: "Canary"'), {
    code: '22007',
    detail: 'Key (email)=(canary@example.test)',
  });
  log.error('a row was not written', { error });
  expect(last()).toMatchObject({ errorName: 'Error', errorCode: '22007' });
  expect(last()['errorAt']).toMatch(/src\/base\/log\.test\.ts:\d+/);
  expect(lines.join('')).not.toMatch(/canary/i);
});

test('faults, broken invariants and failed system calls are written in full', () => {
  const { log, last } = setup();
  log.error('failed', { error: new Fault('Redis does not answer.') });
  expect(last()['errorText']).toBe('Redis does not answer.');
  log.error('failed', { error: new AssertionError({ message: 'offset 3 was not in work' }) });
  expect(last()['errorText']).toBe('offset 3 was not in work');
  const system = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
    syscall: 'connect',
    code: 'ECONNREFUSED',
  });
  log.error('failed', { error: new TypeError('fetch failed', { cause: system }) });
  expect(last()).toMatchObject({
    errorCode: 'ECONNREFUSED',
    errorText: 'connect ECONNREFUSED 127.0.0.1:5432',
  });
});

test('user names and passwords in addresses, and all e-mail addresses, are removed', () => {
  const { log, lines } = setup();
  log.info('connecting', { address: 'postgres://sync:sesame@db.example.test:5432/sync' });
  log.info('connecting to redis://default:sesame@cache:6379', { code: 'for canary@example.test' });
  expect(lines.join('')).not.toMatch(/sesame|canary/);
  expect(lines[0]).toContain('postgres://db.example.test:5432/sync');
});

test('on a terminal a line is one readable sentence with its fields', () => {
  const { log, lines } = setup(true);
  log.warn('the connector has failed', { connector: 'pics', count: 2 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = (lines[0] ?? '').replace(/\u001b\[\d+m/g, '');
  expect(plain).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}the connector has failed connector=pics count=2\n$/);
});
