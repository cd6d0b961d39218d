import {
  answerKnock,
  type DoorCall,
  type DoorReply,
  type DoorRoutes,
  explainBody,
  faulty,
  type Reading,
  read,
} from '../../common/door.ts';
import { addClockRoutes, addRuleRoutes } from '../../common/door-routes.ts';
import { RouteTable } from '../../common/routing.ts';
import type { VendorFault, World } from '../world.ts';
import { addCourseActs } from './act-courses.ts';
import { addPeopleActs } from './act-people.ts';
import { addSessionActs } from './act-sessions.ts';
import { addHistoryRoutes, addRecordRoutes, addStateRoutes } from './state.ts';

function createDoorRoutes(): DoorRoutes<World> {
  // The id of a learner's course has a slash, which may come encoded.
  const id = /^.+$/;
  const routes: DoorRoutes<World> = new RouteTable({ id, learnerId: id, courseId: id, kind: /^\w+$/ });
  addStateRoutes(routes);
  addClockRoutes(routes);
  addRecordRoutes(routes);
  addRuleRoutes<VendorFault, World>(routes, {
    conditions: { facade: 'text', operation: 'text' },
    explainMatch: ({ facade }) =>
      facade === undefined || facade === 'rest' || facade === 'soap' ? null : 'facade must be rest or soap',
    base: /^\/?(api\/v1|soap\/g1)\/?/i,
    readFault,
  });
  addSessionActs(routes);
  addCourseActs(routes);
  addPeopleActs(routes);
  addHistoryRoutes(routes);
  return routes;
}

const oneOf = <T extends string>(known: readonly T[], value: unknown): value is T =>
  (known as readonly unknown[]).includes(value);

/** Faults that only this vendor's answers can have. */
function readFault(fields: Readonly<Record<string, unknown>>): Reading<VendorFault> | null {
  const { type } = fields;
  switch (type) {
    case 'empty-id': {
      const fault = explainBody(fields, { type: 'text', applies: 'bool', form: 'text' });
      const { applies, form } = fields;
      const isWhole = typeof applies === 'boolean' && oneOf(['empty', 'missing', 'zero'], form);
      if (fault !== null) return faulty(`action: ${fault}`);
      return isWhole
        ? read({ type, applies, form })
        : faulty('action: applies must be bool and form one of empty, missing, zero');
    }
    case 'throttle': {
      const fault = explainBody(fields, { type: 'text', retryAfter: 'text', seconds: 'whole' });
      const { retryAfter, seconds = 30 } = fields;
      if (fault !== null) return faulty(`action: ${fault}`);
      return oneOf(['none', 'seconds', 'date'], retryAfter)
        ? read({ type, retryAfter, seconds: seconds as number })
        : faulty('action: retryAfter must be one of none, seconds, date');
    }
    case 'omit': {
      const fault = explainBody(fields, { type: 'text', ids: 'list' });
      const { ids } = fields;
      if (fault !== null) return faulty(`action: ${fault}`);
      const isTexts = Array.isArray(ids) && ids.every((id) => typeof id === 'string');
      return isTexts ? read({ type, ids }) : faulty('action: ids must be a list of texts');
    }
    case 'soap-fault': {
      const fault = explainBody(fields, { type: 'text', code: 'text', subcode: 'text' });
      const { code, subcode = null } = fields;
      if (fault !== null) return faulty(`action: ${fault}`);
      return oneOf(['Sender', 'Receiver'], code)
        ? read({ type, code, subcode: subcode as string | null })
        : faulty('action: code must be Sender or Receiver');
    }
    default:
      return null;
  }
}

const DOOR_ROUTES: DoorRoutes<World> = createDoorRoutes();

/** The back door for tests and the demo: no credential, no limit, no faults, no history of calls. */
export const answerDoor = (world: World, call: DoorCall): DoorReply =>
  answerKnock(DOOR_ROUTES, world, call, () => undefined);
