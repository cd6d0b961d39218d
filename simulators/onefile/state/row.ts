export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** One record, never changed in place: a change makes a new one, so history can keep both without copying. */
export type Row = { readonly [name: string]: Value };

export type RowId = number | string;

export const idOf = (row: Row): RowId => row['ID'] as RowId;

export type PropertyType = 'int' | 'number' | 'text' | 'bool' | 'date' | 'ints' | 'texts' | 'raw';

/**
 * - `short`: also in rows of the unpaged search
 * - `hidden`: never on the wire, only in the control door
 * - `create`, `update`: taken from the body of a create or an update
 * - `needed`: mandatory on create (where one rule fits all)
 * - `kept`: present on the wire even when null
 * - `learner`: ignored on create for other roles
 */
type Flag = 'short' | 'hidden' | 'create' | 'update' | 'needed' | 'kept' | 'learner';

export interface Property {
  readonly name: string;
  readonly type: PropertyType;
  readonly flags: ReadonlySet<Flag>;
  /** `kind.name`, by which a switch finds it. */
  key: string;
}

export interface Table {
  readonly kind: string;
  readonly firstId: number;
  readonly idType: 'int' | 'text';
  readonly properties: readonly Property[];
  readonly short: readonly Property[];
  readonly full: readonly Property[];
  /** By exact and by lower-case name; see `findProperty`. */
  readonly byName: ReadonlyMap<string, Property>;
  /** Properties with a look-up of their own. */
  readonly indexed: readonly string[];
  /** What a record holds before anything is known of it. */
  readonly blank: Readonly<Record<string, Value>>;
}

export function property(name: string, type: PropertyType, ...flags: Flag[]): Property {
  return { name, type, flags: new Set(flags), key: name };
}

interface TableOptions {
  readonly idType?: 'int' | 'text';
  readonly indexed?: readonly string[];
  readonly blank?: Readonly<Record<string, Value>>;
}

export function table(
  kind: string,
  firstId: number,
  properties: Property[],
  options: TableOptions = {},
): Table {
  for (const each of properties) each.key = `${kind}.${each.name}`;
  const blank: Record<string, Value> = {};
  for (const { name } of properties) blank[name] = options.blank?.[name] ?? null;
  return {
    kind,
    firstId,
    idType: options.idType ?? 'int',
    properties,
    short: properties.filter(({ flags }) => flags.has('short')),
    full: properties.filter(({ flags }) => !flags.has('hidden')),
    byName: new Map(
      properties.flatMap((each) => [
        [each.name, each],
        [each.name.toLowerCase(), each],
      ]),
    ),
    indexed: options.indexed ?? [],
    blank,
  };
}

/** OneFile reads names of properties in any case. */
export function findProperty({ byName }: Table, name: string): Property | undefined {
  return byName.get(name) ?? byName.get(name.toLowerCase());
}
