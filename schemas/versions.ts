import { createHash } from 'node:crypto';
import avro from 'avsc';
import { isPublished, type NamedSchema } from './read-schemas.ts';

/** A published version, kept for ever, because others may still have records written with it. */
export type PublishedVersion = {
  readonly version: number;
  readonly fingerprint: string;
  readonly schema: NamedSchema['schema'];
};
export type PublishedVersions = Readonly<Record<string, readonly PublishedVersion[]>>;

/** Computes a fingerprint without words and comments, which do not change the bytes of a record. */
export function toFingerprint(schema: NamedSchema['schema']): string {
  return createHash('sha256')
    .update(JSON.stringify(withoutComments(schema)))
    .digest('hex');
}

function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutComments);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([name]) => !['doc', 'version', 'words'].includes(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutComments(inner)]));
}

/** Compares the schemas with their published versions and returns one sentence for each fault. */
export function checkVersions(schemas: readonly NamedSchema[], published: PublishedVersions): string[] {
  return schemas.filter(isPublished).flatMap((named) => checkOne(named, published[named.name] ?? []));
}

function checkOne({ name, schema }: NamedSchema, versions: readonly PublishedVersion[]): string[] {
  const same = versions.find(({ version }) => version === schema.version);
  if (same !== undefined && same.fingerprint !== toFingerprint(schema)) {
    return [`${name} was changed in place: raise "version" above ${same.version}, records of it may exist`];
  }
  const edited = versions.filter((entry) => entry.fingerprint !== toFingerprint(entry.schema));
  if (edited.length > 0) return [`${name}: the record of a published version was edited`];
  const newest = versions.at(-1)?.version ?? 0;
  if ((schema.version ?? 0) < newest) return [`${name}: version ${newest} was published already`];
  return versions
    .filter((entry) => !canRead({ reader: schema, writer: entry.schema }))
    .map(
      ({ version }) => `${name} cannot read records of its version ${version}: a new field needs a default`,
    );
}

function canRead({ reader, writer }: Record<'reader' | 'writer', NamedSchema['schema']>): boolean {
  try {
    toType(reader).createResolver(toType(writer));
    return true;
  } catch {
    return false;
  }
}

function toType(schema: NamedSchema['schema']): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema);
}

/** Adds versions that are not recorded yet. It never removes one. */
export function addVersions(
  schemas: readonly NamedSchema[],
  published: PublishedVersions,
): PublishedVersions {
  const all: Record<string, readonly PublishedVersion[]> = { ...published };
  for (const { name, schema } of schemas.filter(isPublished)) {
    const versions = all[name] ?? [];
    const version = schema.version ?? 0;
    if (versions.some((entry) => entry.version === version)) continue;
    all[name] = [...versions, { version, fingerprint: toFingerprint(schema), schema }];
  }
  return Object.fromEntries(Object.entries(all).sort(([left], [right]) => (left < right ? -1 : 1)));
}
