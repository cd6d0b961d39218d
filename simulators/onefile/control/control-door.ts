import { answerKnock, type DoorCall, type DoorReply } from '../../common/door.ts';
import { addClockRoutes, addRuleRoutes } from '../../common/door-routes.ts';
import { RouteTable } from '../../common/routing.ts';
import { carryOutDeletions } from '../resources/users.ts';
import type { World } from '../world.ts';
import { addAimActs } from './act-aims.ts';
import { addRecordActs } from './act-records.ts';
import { addReviewActs } from './act-reviews.ts';
import type { DoorRoutes } from './door.ts';
import { addLimitRoutes } from './faults.ts';
import { addHistoryRoutes, addRecordRoutes, addStateRoutes } from './state.ts';

function createDoorRoutes(): DoorRoutes {
  const routes: DoorRoutes = new RouteTable({ unitId: /^[\w.-]+$/, kind: /^\w+$/ });
  addStateRoutes(routes);
  addRecordRoutes(routes);
  addClockRoutes(routes);
  addRuleRoutes(routes, { conditions: {}, base: /^\/?api\/v2\.1\//i, readFault: () => null });
  addLimitRoutes(routes);
  addReviewActs(routes);
  addAimActs(routes);
  addRecordActs(routes);
  addHistoryRoutes(routes);
  return routes;
}

const DOOR_ROUTES: DoorRoutes = createDoorRoutes();

/** The back door for tests and the demo: no session, no limit, no faults, no history. */
export const answerDoor = (world: World, call: DoorCall): DoorReply =>
  answerKnock(DOOR_ROUTES, world, call, carryOutDeletions);
