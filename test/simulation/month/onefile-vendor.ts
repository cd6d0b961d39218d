import { createOneFile } from '../../../src/vendors/onefile/onefile.ts';
import { oneFileRoleSettings } from '../../memory/onefile.ts';
import type { MonthVendor } from './exchange.ts';
import type { Line } from './line.ts';
import { at } from './onefile.ts';
import { doSomethingInOneFile } from './people-in-onefile.ts';
import type { MonthWorld } from './world.ts';

/** OneFile of the month. */
export function oneFileOfMonth(world: MonthWorld, line: Line): MonthVendor {
  const { settings, state, random } = world;
  const configured = oneFileRoleSettings(settings).vendors['onefile'];
  if (configured === undefined) throw new Error('the month has no OneFile');
  return {
    at,
    configured,
    line,
    partitions: { review: 2, 'learning-aim': 2, learner: 1, assessor: 1, placement: 1 },
    reviewEntity: 'review',
    create: (live) => {
      const connect = state.connect(line, random);
      return createOneFile((connection) => {
        const transport = connect(connection);
        return { ...transport, send: live(transport.send) };
      });
    },
    during: (call, run) => state.during(call, run),
    act: () => doSomethingInOneFile(world),
  };
}
