import { EMPTY_INPUT, type Input, parseBody } from '../http/body.ts';
import { toSegments } from '../http/path.ts';
import { badRequest, errorReply, forbidden, notFound, type Reply, switchedReply } from '../http/reply.ts';
import type { Call } from '../resources/call.ts';
import { isUnproven } from '../resources/unproven.ts';
import type { World } from '../world.ts';
import type { Arrival } from './arrival.ts';

type Reading = { kind: 'input'; input: Input } | { kind: 'refused'; reply: Reply };

/** Bodies of GET, DELETE and Authentication are ignored, whatever they hold. */
function readInput(world: World, arrival: Arrival, text: string): Reading {
  if (arrival.method !== 'POST') return { kind: 'input', input: EMPTY_INPUT };
  const body = parseBody(text, arrival.request.headers['content-type']);
  switch (body.kind) {
    case 'input':
      return body;
    case 'malformed':
      return { kind: 'refused', reply: badRequest(world.switches, body.detail) };
    case 'wrong-type':
      return { kind: 'refused', reply: errorReply(415, `Content type ${body.contentType} is not supported`) };
  }
}

function refuseSession(world: World, arrival: Arrival): Reply | null {
  const { session } = arrival;
  const isGood = session !== undefined && world.sessions.use(session, world.clock.nowMs(), world.switches);
  return isGood ? null : switchedReply(world.switches['expired-session'], 'Session token is not valid');
}

/** Routes outside the contract: unknown, or known but closed, as the switch says. */
function refuseUnproven(world: World, arrival: Arrival): Reply | null {
  if (!isUnproven(arrival.method, toSegments(arrival.target.path))) return null;
  if (world.switches['unproven-endpoints'] === '404') return notFound('Route');
  return refuseSession(world, arrival) ?? forbidden('This endpoint is not open to the customer');
}

/** The checks from the route onward, and the work itself. Nothing changes before all of them have passed. */
export function runCall(world: World, arrival: Arrival, text: string): Reply {
  const { route } = arrival;
  const unproven = refuseUnproven(world, arrival);
  if (unproven !== null) return unproven;
  if (route.kind === 'unknown') return notFound('Route');
  if (route.kind === 'wrong-method')
    return errorReply(405, `${route.pattern} does not answer to ${arrival.method}`);
  const { handler } = route.route;
  if (handler.kind === 'open') return handler.answer(world, arrival.customerId);
  const refused = refuseSession(world, arrival);
  if (refused !== null || arrival.session === undefined) return refused ?? notFound('Session');
  const reading = readInput(world, arrival, text);
  if (reading.kind === 'refused') return reading.reply;
  const { customerId } = arrival.session;
  const organisationIds = new Set(
    world.store
      .list('organisations')
      .filter((row) => row['CustomerID'] === customerId)
      .map((row) => row['ID'] as number),
  );
  const call: Call = {
    world,
    switches: world.switches,
    customerId,
    organisationIds,
    parameters: route.parameters,
    input: reading.input,
  };
  return handler.answer(call);
}
