import { expect, test } from 'vitest';
import { Fault } from '../../base/fault.ts';
import type { Centre, ConnectionTest } from './client/connection-test.ts';
import { chooseCentre } from './connection.ts';

const north: Centre = { id: '301', name: 'Larkfield North', createsLogins: null, suppressesMail: null };
const south: Centre = { ...north, id: '302', name: null };

type Failed = Extract<ConnectionTest, { kind: 'failed' }>;
const failed = (code: Failed['code'], centres: readonly Centre[] = []): Failed => ({
  kind: 'failed',
  code,
  detail: '',
  centres,
});

function catchError(test: ConnectionTest): unknown {
  try {
    return chooseCentre(test);
  } catch (error) {
    return error;
  }
}

test('OF-5: the only centre is taken, although none was chosen', () => {
  expect(chooseCentre(failed('ID_NOT_FOUND', [north]))).toBe('301');
});

test.each<[string, Failed, RegExp]>([
  [
    'several centres are named',
    failed('MANY_CENTRES', [north, south]),
    /2 centres.*301 \(Larkfield North\), 302\.$/,
  ],
  ['no centre is told', failed('ID_NOT_FOUND'), /reaches no centre/],
  ['a refused token is reported as such', failed('BAD_SIGN_IN'), /refuses the customer token/],
])('%s, for a person to put right', (_title, result, sentence) => {
  const error = catchError(result);
  expect(error).toBeInstanceOf(Fault);
  expect(String(error)).toMatch(sentence);
});

test('a vendor that is away is no fault of the settings: the supervisor tries again', () => {
  const error = catchError(failed('UNREACHABLE'));
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(Fault);
  expect(String(error)).toMatch(/does not answer/);
});
