import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toConnectorConfig } from '../../ops/connector.ts';
import { toMapping } from '../mapping.ts';
import { referenceTables } from '../tables.ts';
import { planCapture, toConnectorLists } from './columns.ts';

const file: Record<string, string> = JSON.parse(
  readFileSync(new URL('../../../connectors/pics.json', import.meta.url), 'utf8'),
);

test('without a need, keys and commands alone leave PICS', () => {
  const { tables, columns, cut } = toConnectorLists(planCapture(toMapping(), []));
  expect(tables.split(',')).toEqual([
    ...['trainee', 'epidata', 'pctrndet', 'officer', 'placemnt', 'trplace', 'trqual', 'itp_revu'].map(
      (table) => `pics\\.${table}`,
    ),
    ...['request', 'heartbeat', 'canary', 'signal'].map((table) => `picsync\\.${table}`),
  ]);
  expect(columns.split(',').filter((column) => column.startsWith('pics\\.'))).toEqual([
    'pics\\.trainee\\.ident',
    'pics\\.epidata\\.ident',
    'pics\\.pctrndet\\.ident',
    'pics\\.officer\\.code',
    'pics\\.placemnt\\.place',
    'pics\\.trplace\\.ident',
    'pics\\.trplace\\.seq',
    'pics\\.trqual\\.ident',
    'pics\\.trqual\\.vqref',
    'pics\\.trqual\\.seq',
    'pics\\.itp_revu\\.id',
  ]);
  expect(columns.split(',')).toEqual(
    expect.arrayContaining(['picsync\\.request\\.payload', 'picsync\\.signal\\.data']),
  );
  expect(cut).toBe('');
});

test('needs of several vendors are joined; the texts of their columns are cut, a command stays whole', () => {
  const needs = [{ learner: ['phone'] }, { learner: ['phone', 'surname'], review: ['proposedAt'] }];
  const { columns, cut } = toConnectorLists(planCapture(toMapping(), needs));
  const ofLearner = columns.split(',').filter((column) => column.startsWith('pics\\.trainee'));
  expect(ofLearner).toEqual(['pics\\.trainee\\.ident', 'pics\\.trainee\\.surname', 'pics\\.trainee\\.phone']);
  expect(cut.split(',')).toEqual([
    'pics\\.trainee\\.surname',
    'pics\\.trainee\\.phone',
    'pics\\.itp_revu\\.proposed',
  ]);
});

test('A-11: the names of a site are used, as they are written there; what it does not have is left out', () => {
  const mapping = toMapping({
    learner: { schema: 'mis', table: 'Student (live)', columns: { ident: 'student no', phone: null } },
  });
  const [learner] = planCapture(mapping, [{ learner: ['phone', 'mobile'] }]);
  expect(learner).toMatchObject({ reference: 'trainee', topicPart: 'mis.Student__live_' });
  const { tables, columns } = toConnectorLists([learner!]);
  expect(tables.split(',')[0]).toBe('mis\\.Student\\ \\(live\\)');
  expect(columns.split(',').slice(0, 2)).toEqual([
    'mis\\.Student\\ \\(live\\)\\.student\\ no',
    'mis\\.Student\\ \\(live\\)\\.mobile',
  ]);
});

test('a need for a field that PICS does not have is a fault of the program', () => {
  expect(() => planCapture(toMapping(), [{ review: ['notes'] }])).toThrow('review has no field notes');
});

test('free text, change stamps and columns that are never exchanged have no field, so they stay in PICS', () => {
  const columns = Object.values(referenceTables).flatMap(({ table, columns: of }) =>
    Object.values(of).map(([column]) => `${table}.${column}`),
  );
  const kept = /notes|user_def|chg_|addr5|mentor|_signed|prefname|prevsurn|ini_ref|message|result/;
  expect(columns.filter((name) => kept.test(name))).toEqual(['itp_revu.tr_signed']);
});

test('G-12: the connector skips truncates and messages of other programs, and no row is larger than a record', () => {
  expect(file['skipped.operations']).toBe('t');
  expect(file['message.prefix.exclude.list']).toBe('.*');
  expect(file['column.truncate.to.2000.chars']).toBe(`\${CUT_COLUMNS}`);
  expect(Number(file['max.queue.size.in.bytes'])).toBeGreaterThan(0);
  // Both images of the widest row, each text as long as it may be, each character of the longest kind.
  const widest = Math.max(
    ...Object.values(referenceTables).map(({ columns }) => Object.keys(columns).length),
  );
  expect(widest * 2 * 2_000 * 3).toBeLessThan(Number(file['producer.override.max.request.size']));
  // A converter that meets a registry that is away would skip the record.
  expect(file['errors.tolerance']).toBeUndefined();
});

test('a key has the same bytes for ever: no number of a registry is in it', () => {
  expect(file['key.converter']).toBe('org.apache.kafka.connect.json.JsonConverter');
  expect(file['key.converter.schemas.enable']).toBe('false');
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
  TABLES: 'pics\\.trainee',
  COLUMNS: 'pics\\.trainee\\.ident',
  CUT_COLUMNS: '',
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
      'table.include.list': 'pics\\.trainee',
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
