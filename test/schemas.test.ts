import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatVersions, generate, readPublishedVersions, versionsFile } from '../schemas/generate.ts';
import { isPublished, type NamedSchema, readSchemas } from '../schemas/read-schemas.ts';
import { addVersions, checkVersions } from '../schemas/versions.ts';
import { toAvroType } from '../src/kafka/avro.ts';
import { schemas as generatedSchemas } from '../src/kafka/generated/schemas.ts';
import { planCapture } from '../src/pics/install/columns.ts';
import { toMapping } from '../src/pics/mapping.ts';
import { referenceTables } from '../src/pics/tables.ts';

const schemas = readSchemas();
const published = readPublishedVersions();

test('what is generated is what would be generated now', () => {
  for (const [path, content] of generate(schemas)) {
    expect(readFileSync(path, 'utf8'), 'run: npm run generate').toBe(content);
  }
  expect(readFileSync(versionsFile, 'utf8'), 'run: npm run generate').toBe(
    formatVersions(addVersions(schemas, published)),
  );
});

test('every schema is one that can be read with', () => {
  for (const schema of Object.values(generatedSchemas)) expect(() => toAvroType(schema)).not.toThrow();
});

test('no published schema was changed in place, and each reads all its earlier versions', () => {
  expect(checkVersions(schemas, published)).toEqual([]);
});

test('every topic of ours has a published schema; what we read of the connector has none', () => {
  const [ours, readers] = [schemas.filter(isPublished), schemas.filter((schema) => !isPublished(schema))];
  expect(ours.every(({ name }) => !name.startsWith('pics.'))).toBe(true);
  expect(readers.every(({ name }) => name.startsWith('pics.'))).toBe(true);
});

describe('a published schema', () => {
  const schema = { type: 'record', name: 'A', version: 1, fields: [{ name: 'id', type: 'string' }] };
  const named = (change: object): NamedSchema[] => [{ name: 'a', schema: { ...schema, ...change } }];
  const history = addVersions(named({}), {});
  const withField = (field: { name: string; type: string; default?: string }) => ({
    fields: [...schema.fields, field],
  });

  test('may change its comments', () => {
    expect(checkVersions(named({ doc: 'Other words.' }), history)).toEqual([]);
  });

  test('may not change under the same version', () => {
    const changed = named(withField({ name: 'size', type: 'string', default: '' }));
    expect(checkVersions(changed, history)).toEqual([expect.stringContaining('changed in place')]);
  });

  test('may gain a field with a default under a new version, which is recorded beside the old one', () => {
    const next = named({ version: 2, ...withField({ name: 'size', type: 'string', default: '' }) });
    expect(checkVersions(next, history)).toEqual([]);
    expect(addVersions(next, history)['a']?.map(({ version }) => version)).toEqual([1, 2]);
  });

  test('may not gain a field without a default', () => {
    const next = named({ version: 2, ...withField({ name: 'size', type: 'string' }) });
    expect(checkVersions(next, history)).toEqual([expect.stringContaining('cannot read')]);
  });

  test('may not go back to a lower version', () => {
    const later = addVersions(named({ version: 2 }), history);
    expect(checkVersions(named({ version: 0 }), later)).toEqual([
      expect.stringContaining('published already'),
    ]);
  });

  test('may not have its history edited', () => {
    const [entry] = history['a']!;
    const edited = {
      a: [
        { ...entry!, version: 1 },
        { ...entry!, version: 2, fingerprint: 'other' },
      ],
    };
    expect(checkVersions(named({ version: 3 }), edited)).toEqual([expect.stringContaining('edited')]);
  });
});

describe('reading PICS', () => {
  const readers = schemas.filter((schema) => !isPublished(schema));
  const captured = planCapture(toMapping(), []);
  const columnsOf = ({ schema }: NamedSchema) => {
    const before = schema.fields?.find(({ name }) => name === 'before')?.type as [
      string,
      NamedSchema['schema'],
    ];
    return (before[1].fields ?? []).map(({ name, type, default: preset }) => ({ name, type, preset }));
  };

  test.each(readers.map((reader): [string, NamedSchema] => [reader.name, reader]))(
    '%s names the columns of the fields that a change may have, each nullable',
    (_, reader) => {
      const { entity } = captured.find(({ reference }) => `pics.${reference}` === reader.name) ?? {};
      const columns = columnsOf(reader);
      const known = Object.values(referenceTables[entity ?? 'learner'].columns).map(([column]) => column);
      expect(known).toEqual(expect.arrayContaining(columns.map(({ name }) => name)));
      for (const { name, type, preset } of columns) {
        expect([name, Array.isArray(type) && type[0], preset]).toEqual([name, 'null', null]);
      }
    },
  );

  test('every captured table but the signals has a schema to read it with', () => {
    const read = readers.map(({ name }) => name).sort();
    expect(read).toEqual(captured.map(({ reference }) => `pics.${reference}`).sort());
  });

  test('times that do not fit a number are not read', () => {
    for (const { schema } of readers) expect(JSON.stringify(schema)).not.toMatch(/ts_ns|ts_us/);
  });
});
