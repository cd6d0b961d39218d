/*
 * Switches of a simulator: the points on which public knowledge of a vendor has a gap, with the answers that can be
 * given. A table gives the values and their types; a change is checked as a whole before anything is set.
 */

interface Choice<V extends string> {
  readonly type: 'choice';
  readonly values: readonly V[];
  readonly initial: V;
}
interface Count {
  readonly type: 'count';
  readonly least: number;
  readonly initial: number;
}
interface Name {
  readonly type: 'name';
  readonly initial: string;
}
/** Some of the given names with commas between them, or `none`. */
interface Names {
  readonly type: 'names';
  readonly known: readonly string[];
  readonly initial: string;
}
type SwitchDefinition = Choice<string> | Count | Name | Names;
export type SwitchTable = Readonly<Record<string, SwitchDefinition>>;

/** The first value is the default. */
export const choice = <const V extends string>(initial: V, ...others: V[]): Choice<V> => ({
  type: 'choice',
  values: [initial, ...others],
  initial,
});
export const count = (initial: number, least: number): Count => ({ type: 'count', initial, least });
export const name = (initial: string): Name => ({ type: 'name', initial });
export const names = (...known: string[]): Names => ({ type: 'names', known, initial: 'none' });

type ValueOf<D> = D extends Choice<infer V> ? V : D extends Count ? number : string;
export type ValuesOf<T extends SwitchTable> = { -readonly [K in keyof T]: ValueOf<T[K]> };

export function initialValues<T extends SwitchTable>(table: T): ValuesOf<T> {
  const entries = Object.entries(table).map(([key, { initial }]) => [key, initial]);
  return Object.fromEntries(entries) as ValuesOf<T>;
}

/** Why a value does not fit a switch, or null when it does. */
function explainMisfit(key: string, definition: SwitchDefinition, value: unknown): string | null {
  switch (definition.type) {
    case 'choice':
      return typeof value === 'string' && definition.values.includes(value)
        ? null
        : `${key} must be one of ${definition.values.join(', ')}`;
    case 'count':
      return Number.isInteger(value) && (value as number) >= definition.least
        ? null
        : `${key} must be a whole number from ${definition.least}`;
    case 'name':
      return typeof value === 'string' && /^[A-Za-z]\w*$/.test(value)
        ? null
        : `${key} must be a property name`;
    case 'names':
      return value === 'none' ||
        (typeof value === 'string' && value.split(',').every((one) => definition.known.includes(one)))
        ? null
        : `${key} must be none, or some of ${definition.known.join(', ')} with commas between them`;
  }
}

export type SwitchChange<Values> = { kind: 'changed'; values: Values } | { kind: 'refused'; error: string };

/** All values after a change; one fault refuses the whole change. */
export function changeSwitches<T extends SwitchTable>(
  table: T,
  present: ValuesOf<T>,
  wanted: Readonly<Record<string, unknown>>,
): SwitchChange<ValuesOf<T>> {
  for (const [key, value] of Object.entries(wanted)) {
    const definition = Object.hasOwn(table, key) ? table[key] : undefined;
    if (definition === undefined) return { kind: 'refused', error: `unknown switch ${key}` };
    const error = explainMisfit(key, definition, value);
    if (error !== null) return { kind: 'refused', error };
  }
  return { kind: 'changed', values: { ...present, ...(wanted as Partial<ValuesOf<T>>) } };
}
