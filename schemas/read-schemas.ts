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
  /** Ours: the words a text field may hold. Avro's own enums forbid hyphens. */
  readonly words?: readonly string[];
};

/** Name of the file without ending, and what is in it. */
export type NamedSchema = { readonly name: string; readonly schema: AvroObject };

export const schemaFolder: string = fileURLToPath(new URL('.', import.meta.url));

/** Every schema of this folder, by name. */
export function readSchemas(folder: string = schemaFolder): NamedSchema[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.avsc'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.avsc'.length),
      schema: JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as AvroObject,
    }));
}

/** Ours, which others may read: it carries a version. The others say only how we read what PICS's connector writes. */
export function isPublished({ schema }: NamedSchema): boolean {
  return schema.version !== undefined;
}
