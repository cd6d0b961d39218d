import { notFound, type Reply } from '../http/reply.ts';
import { type Call, get } from './call.ts';
import { readReply } from './write.ts';

export function readCustomer(call: Call): Reply {
  const customer = get(call, 'customers', call.customerId);
  return customer === undefined ? notFound('Customer') : readReply(call, 'customers', customer);
}
