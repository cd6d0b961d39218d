import { jsonReply, type Reply, switchedReply, textReply } from '../http/reply.ts';
import type { World } from '../world.ts';

/** A session for the customer of the token. The body of the answer is the token itself. */
export function authenticate(world: World, customerId: number | null): Reply {
  const { switches, sessions, clock } = world;
  if (customerId === null)
    return switchedReply(switches['bad-customer-token'], 'Customer token is not valid');
  const { token } = sessions.open(customerId, clock.nowMs(), switches);
  return switches['token-body'] === 'bare' ? textReply(200, token) : jsonReply(200, token);
}
