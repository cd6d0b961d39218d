import { expect, test } from 'vitest';
import type { WorkState } from '../connect/connect-client.ts';
import { toStateOf } from './connector-command.ts';

test.each<[string, WorkState, WorkState[], string]>([
  ['both run', 'RUNNING', ['RUNNING'], 'RUNNING'],
  ['both rest', 'PAUSED', ['PAUSED'], 'PAUSED'],
  ['the task has failed', 'RUNNING', ['FAILED'], 'FAILED'],
  ['the connector has failed', 'FAILED', [], 'FAILED'],
  ['there is no task yet', 'RUNNING', [], 'STARTING'],
  ['the task still runs while the connector is paused', 'PAUSED', ['RUNNING'], 'CHANGING'],
  ['the connector starts again', 'RESTARTING', ['RUNNING'], 'RESTARTING'],
  ['the task is given to nobody', 'RUNNING', ['UNASSIGNED'], 'UNASSIGNED'],
])('%s', (_title, state, tasks, expected) => {
  const status = { state, reason: null, tasks: tasks.map((one, id) => ({ id, state: one, reason: null })) };
  expect(toStateOf(status)).toBe(expected);
});
