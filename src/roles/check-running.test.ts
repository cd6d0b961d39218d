import { expect, test } from 'vitest';
import { messageOf } from '../domain/messages.ts';
import { checkRunning } from './check-running.ts';

const kinds = ['synchronise', 'initial-sync'];
const vendor = 'onefile';
const at = (text: string) => Date.parse(text);
const waiting = {
  ...{ id: '7', kind: 'initial-sync', status: 'working' },
  ...{ startedAtMs: at('2026-07-01T09:00:00Z'), requestedAtMs: at('2026-07-01T08:59:00Z') },
};

test('beside a full pass in work another synchronisation is refused, with the time by London clocks', () => {
  const answer = checkRunning('8', { vendor, openRun: at('2026-07-01T02:30:00Z'), rows: [], kinds });
  expect(answer).toMatchObject({ status: 'refused', code: 'RUNNING' });
  expect(messageOf('RUNNING', answer?.params ?? {})).toMatch(
    /^A synchronisation with OneFile is already running, started .*03:30.*\.$/,
  );
});

test('so is one beside another that was accepted and waits for its turn', () => {
  const answer = checkRunning('8', { vendor, openRun: null, rows: [waiting], kinds });
  expect(answer?.params['time']).toContain('10:00');
});

test.each([
  ['the request itself', waiting, '7'],
  ['one that nobody has accepted', { ...waiting, status: 'new' }, '8'],
  ['a refresh', { ...waiting, kind: 'refresh' }, '8'],
])('%s is nothing in its way', (_title, row, id) => {
  expect(checkRunning(id, { vendor, openRun: null, rows: [row], kinds })).toBeNull();
});
