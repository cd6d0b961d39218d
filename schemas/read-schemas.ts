import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type AvroType = string | AvroObject | readonly AvroType[];
export type AvroObject = {
  readonly type: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly version?: number;
  readonly doc?: string;
  readonly symbols?: readonly string[];
  readonly items?: AvroType;
  readonly values?: AvroType;
  readonly fields?: readonly AvroField[];
};
export type AvroField = {
  readonly name: string;
  readonly type: AvroType;
  readonly default?: unknown;
  readonly doc?: string;
  /** Our own property: the allowed words of a text field. Avro's enums forbid hyphens. */
  readonly words?: readonly string[];
};

/** A schema with the name of its file, without the ending. */
export type NamedSchema = { readonly name: string; readonly schema: AvroObject };

export const schemaFolder: string = fileURLToPath(new URL('.', import.meta.url));

/** Reads every schema of this folder, in name order. */
export function readSchemas(folder: string = schemaFolder): NamedSchema[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.avsc'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.avsc'.length),
      schema: JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as AvroObject,
    }));
}

/**
 * True for the schemas that pics-sync writes, which others may read; they have a version. The other schemas
 * only define how we read the records of the connector.
 */
export function isPublished({ schema }: NamedSchema): boolean {
  return schema.version !== undefined;
}
