import { badInput, type DoorReply, explainBody } from '../../common/door.ts';
import { addUnits } from '../resources/standards.ts';
import { touchLearner } from '../resources/write.ts';
import { idOf, type Row } from '../state/row.ts';
import { refreshLearnerProgress } from '../state/store.ts';
import { ROLE } from '../state/tables.ts';
import type { World } from '../world.ts';
import {
  acted,
  actedOn,
  actOn,
  asPerson,
  type DoorRoutes,
  type Knock,
  type Patch,
  readAt,
  readTypedDate,
} from './door.ts';

function save(world: World, aim: Row, patch: Patch): DoorReply {
  const store = asPerson(world);
  const saved = store.patch('aims', aim, patch);
  refreshLearnerProgress(store, saved['UserID'] as number);
  touchLearner(store, world.switches, saved['UserID'], world.clock.nowIso());
  return acted(saved);
}

function addAim({ world, body }: Knock): DoorReply {
  const fault = explainBody(body, { learnerId: 'whole', standardId: 'whole' });
  if (fault !== null) return badInput(fault);
  const learner = world.store.get('users', Number(body['learnerId']));
  const standard = world.store.get('standards', Number(body['standardId']));
  if (learner?.['Role'] !== ROLE.learner) return badInput('learnerId must name a learner');
  if (standard === undefined) return badInput('standardId must name a standard');
  const store = asPerson(world);
  const learnerId = idOf(learner) as number;
  const values = { UserID: learnerId, StandardID: idOf(standard) };
  const now = world.clock.nowIso();
  const aim = store.create('aims', { values, now });
  addUnits(store, learnerId, { standard, now });
  return save(world, aim, {});
}

function remove({ world, body }: Knock, aim: Row): DoorReply {
  const fault = explainBody(body, {});
  if (fault !== null) return badInput(fault);
  const store = asPerson(world);
  const learnerId = aim['UserID'] as number;
  store.remove('aims', idOf(aim));
  for (const row of store.listBy('unitSummaries', 'UserID', learnerId)) {
    if (row['StandardID'] === aim['StandardID']) store.remove('unitSummaries', idOf(row));
  }
  refreshLearnerProgress(store, learnerId);
  touchLearner(store, world.switches, learnerId, world.clock.nowIso());
  return actedOn(idOf(aim));
}

const REGISTRATION_DATES = {
  registrationDate: 'RegistrationDate',
  certificateAppliedDate: 'CertificateAppliedDate',
  certificateReceivedDate: 'CertificateReceivedDate',
} as const;

/** Registration and certificate. Null clears: people can, the API by default cannot. */
function register({ world, body }: Knock, aim: Row): DoorReply {
  const fault = explainBody(body, {
    registrationNumber: 'textOrNull',
    registrationDate: 'textOrNull',
    certificateAppliedDate: 'textOrNull',
    certificateReceivedDate: 'textOrNull',
  });
  if (fault !== null) return badInput(fault);
  const patch: Patch = {};
  const number = body['registrationNumber'] as string | null | undefined;
  if (number !== undefined) patch['RegistrationNumber'] = number === '' ? null : number;
  for (const [name, property] of Object.entries(REGISTRATION_DATES)) {
    const given = body[name];
    if (given === undefined) continue;
    const value = given === null ? null : readTypedDate(world, given);
    if (value === undefined) return badInput(`${name} must be a date`);
    patch[property] = value;
  }
  return save(world, aim, patch);
}

function setProgress({ world, body }: Knock, aim: Row): DoorReply {
  const fault = explainBody(body, {
    progress: 'number',
    elementsTotal: 'wholeOrNull',
    elementsDone: 'wholeOrNull',
  });
  if (fault !== null) return badInput(fault);
  const { progress, elementsTotal, elementsDone } = body as Record<string, number | null | undefined>;
  if (typeof progress !== 'number' || progress < 0 || progress > 100)
    return badInput('progress must be 0 to 100');
  const patch: Patch = { Progress: Math.round(progress * 100) / 100 };
  if (elementsTotal !== undefined) patch['ElementsTotal'] = elementsTotal;
  if (elementsDone !== undefined) patch['ElementsDone'] = elementsDone;
  return save(world, aim, patch);
}

function complete({ world, body }: Knock, aim: Row): DoorReply {
  const fault = explainBody(body, { on: 'text' });
  const on = readAt(world, body['on']);
  if (fault !== null || on === undefined) return badInput(fault ?? 'on must be a date');
  return save(world, aim, { Status: 1, AchievedDate: on });
}

/** OneFile shows no date of withdrawal, so `on` is checked and not kept. */
function withdraw({ world, body }: Knock, aim: Row): DoorReply {
  const fault = explainBody(body, { on: 'text' });
  const on = readAt(world, body['on']);
  if (fault !== null || on === undefined) return badInput(fault ?? 'on must be a date');
  return save(world, aim, { Status: 2 });
}

export function addAimActs(routes: DoorRoutes): void {
  const on = (act: (knock: Knock, row: Row) => DoorReply) => actOn('aims', 'Aim', act);
  routes.add('POST', 'act/aims', addAim);
  routes.add('POST', 'act/aims/{id}/delete', on(remove));
  routes.add('POST', 'act/aims/{id}/registration', on(register));
  routes.add('POST', 'act/aims/{id}/progress', on(setProgress));
  routes.add('POST', 'act/aims/{id}/complete', on(complete));
  routes.add('POST', 'act/aims/{id}/withdraw', on(withdraw));
}
