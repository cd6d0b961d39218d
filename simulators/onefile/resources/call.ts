import type { Input } from '../http/body.ts';
import { badRequest, type Reply } from '../http/reply.ts';
import type { PropertyType } from '../state/property.ts';
import { type Row, type RowId, toIso, type Value } from '../state/row.ts';
import type { SwitchValues } from '../switch-table.ts';
import { coerce, isBlank } from '../wire/coerce.ts';
import type { World } from '../world.ts';

/** One call that has passed routing, session and body. */
export interface Call {
  readonly world: World;
  readonly switches: SwitchValues;
  readonly customerId: number;
  /** Organisations of the customer: what the call may see. */
  readonly organisationIds: ReadonlySet<number>;
  readonly parameters: readonly string[];
  readonly input: Input;
}

/** Either what was asked for, or the answer that refuses the call. */
export type Checked<T> = { kind: 'fine'; value: T } | { kind: 'refused'; reply: Reply };

export const fine = <T>(value: T): Checked<T> => ({ kind: 'fine', value });
export const refused = (reply: Reply): Checked<never> => ({ kind: 'refused', reply });

export const nowIso = (call: Call): string => toIso(call.world.clock.nowMs());

export const parameterId = (call: Call, at: number): number => Number(call.parameters[at]);

/** A property of the body as the wanted type; null when it is absent, null or empty text. */
export function readValue(call: Call, name: string, type: PropertyType): Checked<Value> {
  const given = call.input.get(name.toLowerCase());
  if (given === undefined || isBlank(given)) return fine(null);
  const value = coerce(given, type);
  return value === undefined
    ? refused(badRequest(call.switches, `${name} is not a valid ${type}`))
    : fine(value);
}

export function readId(call: Call, name: string): Checked<number | null> {
  return readValue(call, name, 'int') as Checked<number | null>;
}

export function get(call: Call, kind: Parameters<World['store']['get']>[0], id: RowId): Row | undefined {
  return call.world.store.get(kind, id);
}
