import { Fault } from '../base/fault.ts';
import type { Centre, ConnectionTest } from '../vendors/onefile/client/connection-test.ts';

/**
 * The one centre a test without a chosen centre has found.
 *
 * A vendor that is away is an ordinary error: the next try may find it. What a person must put right is a fault.
 */
export function chooseCentre(test: ConnectionTest): string {
  const [only, ...others] = test.centres;
  if (only !== undefined && others.length === 0) return only.id;
  if (test.kind === 'failed' && test.code === 'UNREACHABLE')
    throw Object.assign(new Error('OneFile does not answer'), { code: test.code });
  if (test.kind === 'failed' && test.code === 'BAD_SIGN_IN')
    throw new Fault(
      'OneFile is stopped: it refuses the customer token. A token works in one environment only.',
    );
  if (only === undefined)
    throw new Fault('OneFile is stopped: the token reaches no centre. Ask OneFile why.');
  const names = test.centres.map(toText).join(', ');
  throw new Fault(
    `OneFile is stopped: the token reaches ${test.centres.length} centres. Choose one in onefile.centreId: ${names}.`,
  );
}

function toText({ id, name }: Centre): string {
  return name === null ? id : `${id} (${name})`;
}
