import { createSmartAssessorVendor } from '../../../src/vendors/smart-assessor/smart-assessor.ts';
import type { ConfiguredVendor } from '../../../src/vendors/vendor.ts';
import type { createRandom } from '../../support/random.ts';
import type { MonthVendor } from './exchange.ts';
import type { Line } from './line.ts';
import { doSomethingInSmartAssessor } from './people-in-smart-assessor.ts';
import { linkSomething } from './people-who-link.ts';
import { atSite, type SmartAssessorSite } from './smart-assessor.ts';
import type { MonthWorld } from './world.ts';

type Parts = {
  readonly site: SmartAssessorSite;
  readonly configured: ConfiguredVendor;
  readonly line: Line;
  readonly random: ReturnType<typeof createRandom>;
};

/** Smart Assessor of the month. */
export function smartAssessorOfMonth(
  world: MonthWorld,
  { site, configured, line, random }: Parts,
): MonthVendor {
  const { clock, trace } = world;
  return {
    at: atSite,
    configured,
    line,
    partitions: { session: 2, 'learner-course': 2, learner: 1, assessor: 1, employer: 1 },
    reviewEntity: 'session',
    create: (live) => {
      const connect = site.connect(line, random);
      return createSmartAssessorVendor((connection) => {
        const transport = connect(connection);
        return { ...transport, send: live(transport.send) };
      });
    },
    during: (_call, run) => run(),
    act: () =>
      random.chance() < 0.7
        ? doSomethingInSmartAssessor({ site, random, nowMs: clock.nowMs, trace })
        : linkSomething({ world, site, random }),
  };
}
