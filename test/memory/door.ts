import type { DoorBody, DoorReply } from '../../simulators/common/door.ts';
import type { Json } from '../../src/domain/json.ts';

/** The control door of a simulator in process; throws when it refuses. */
export function control(
  simulator: { readonly control: (method: string, path: string, body?: DoorBody) => DoorReply },
  method: string,
  path: string,
  body?: Json,
): Json {
  const reply = simulator.control(method, path, (body ?? {}) as DoorBody);
  if (reply.status >= 400)
    throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return JSON.parse(JSON.stringify(reply.body ?? null)) as Json;
}
