import type { AvroField, AvroObject, AvroType, NamedSchema } from './read-schemas.ts';

const primitives: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  // Each long in our schemas is a time, a counter or a transaction id, far below 2^53.
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Buffer',
};

/**
 * Generates TypeScript for all schemas: one type for each record, and `SchemaTypes` from schema name to
 * type.
 */
export function toTypes(schemas: readonly NamedSchema[]): string {
  const blocks = schemas.flatMap((schema) => toBlocks(schema));
  const index = schemas.map(({ name, schema }) => `  '${name}': ${toTypeName(name, schema.name ?? '')};`);
  return [
    ...blocks,
    `/** By name of the schema: what a decoded value is. */\nexport type SchemaTypes = {\n${index.join('\n')}\n};\n`,
    'export type SchemaName = keyof SchemaTypes;\n',
  ].join('\n');
}

function toBlocks({ name, schema }: NamedSchema): string[] {
  const blocks: string[] = [];
  const visit = (type: AvroType): string => {
    if (typeof type === 'string') return primitives[type] ?? toTypeName(name, type);
    if (isUnion(type)) return type.map(visit).sort(nullLast).join(' | ');
    if (type.type === 'record') {
      const typeName = toTypeName(name, type.name ?? '');
      const fields = (type.fields ?? []).map((field) => toField(field, visit));
      blocks.push(`${toDoc(type.doc, '')}export type ${typeName} = {\n${fields.join('\n')}\n};\n`);
      return typeName;
    }
    if (type.type === 'enum') return toUnion(type.symbols ?? []);
    if (type.type === 'array') return `readonly (${visit(type.items ?? 'null')})[]`;
    if (type.type === 'map') return `{ readonly [name: string]: ${visit(type.values ?? 'null')} }`;
    return primitives[type.type] ?? 'unknown';
  };
  visit(schema);
  return blocks;
}

function toField(field: AvroField, visit: (type: AvroType) => string): string {
  const type = field.words === undefined ? visit(field.type) : toUnion(field.words);
  return `${toDoc(field.doc, '  ')}  readonly ${field.name}: ${type};`;
}

function isUnion(type: AvroObject | readonly AvroType[]): type is readonly AvroType[] {
  return Array.isArray(type);
}

function nullLast(left: string, right: string): number {
  return Number(left === 'null') - Number(right === 'null');
}

function toUnion(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' | ');
}

function toDoc(doc: string | undefined, indent: string): string {
  return doc === undefined ? '' : `${indent}/** ${doc} */\n`;
}

/**
 * `pics.itp_revu` and `Value` give `PicsItpRevuValue`. A record with the name of its file repeats no word.
 */
function toTypeName(schemaName: string, recordName: string): string {
  const file = schemaName
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
  return file.endsWith(recordName) ? file : `${file}${recordName}`;
}
