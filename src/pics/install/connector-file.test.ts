import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { capturedTables, toColumnIncludeList, toTableIncludeList } from './columns.ts';
import { toConnectorConfig } from './connector-config.ts';

const file: Record<string, string> = JSON.parse(
  readFileSync(new URL('../../../connectors/pics.json', import.meta.url), 'utf8'),
);

test('the connector captures exactly the tables and columns that a rule reads', () => {
  expect(file['table.include.list']).toBe(toTableIncludeList(capturedTables));
  expect(file['column.include.list']).toBe(toColumnIncludeList(capturedTables));
});

test('free text, change stamps and columns that are never exchanged stay in PICS', () => {
  const captured = capturedTables.flatMap(({ table, columns }) =>
    Object.keys(columns).map((column) => `${table}.${column}`),
  );
  const kept = /notes|user_def|chg_|addr5|mentor|_signed|prefname|prevsurn|title|ini_ref|message|result/;
  expect(captured.filter((name) => kept.test(name))).toEqual(['itp_revu.tr_signed']);
});

test('the connector reads signals from the source table only', () => {
  expect(file['signal.enabled.channels']).toBe('source');
  expect(file['signal.data.collection']).toBe('picsync.signal');
});

test('the connector never creates the publication', () => {
  expect(file['publication.autocreate.mode']).toBe('disabled');
});

const needed = {
  PICS_HOST: 'db',
  PICS_DATABASE: 'pics',
  PICS_CONNECTOR_PASSWORD: 'secret',
  REGISTRY_URL_V2: 'http://registry/apis/registry/v2',
};

test('placeholders are filled from values or from their defaults', () => {
  const filled = toConnectorConfig(file, { ...needed, PARTITIONS: '12' });
  expect(filled).toMatchObject({
    kind: 'complete',
    config: {
      'database.hostname': 'db',
      'database.password': 'secret',
      'topic.prefix': 'pics',
      'heartbeat.interval.ms': '10000',
      'topic.creation.default.partitions': '12',
      'value.converter.apicurio.registry.url': needed.REGISTRY_URL_V2,
    },
  });
  expect(JSON.stringify(filled)).not.toContain('${');
});

test('all placeholders without a value are named together', () => {
  expect(toConnectorConfig(file, {})).toEqual({ kind: 'incomplete', missing: Object.keys(needed) });
});

test('a reference of Kafka Connect itself is left as it is, in the file and as a value', () => {
  const reference = `\${file:/run/secrets/pics.properties:password}`;
  expect(toConnectorConfig({ a: reference, b: `\${PASSWORD}` }, { PASSWORD: reference })).toEqual({
    kind: 'complete',
    config: { a: reference, b: reference },
  });
});
