import { RouteTable } from '../http/route-table.ts';
import { addAimActs } from './act-aims.ts';
import { addRecordActs } from './act-records.ts';
import { addReviewActs } from './act-reviews.ts';
import type { DoorHandler, DoorRoutes } from './door.ts';
import { addHistoryRoutes } from './history-routes.ts';
import { addLimitRoutes } from './limit-routes.ts';
import { addRecordRoutes } from './record-routes.ts';
import { addRuleRoutes } from './rule-routes.ts';
import { addStateRoutes } from './state-routes.ts';

function createDoorRoutes(): DoorRoutes {
  const routes: DoorRoutes = new RouteTable<DoorHandler>();
  addStateRoutes(routes);
  addRecordRoutes(routes);
  addRuleRoutes(routes);
  addLimitRoutes(routes);
  addReviewActs(routes);
  addAimActs(routes);
  addRecordActs(routes);
  addHistoryRoutes(routes);
  return routes;
}

export const DOOR_ROUTES: DoorRoutes = createDoorRoutes();
