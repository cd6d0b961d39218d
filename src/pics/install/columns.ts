import type { ChangeEntity } from '../../domain/change.ts';
import { type MappedTable, type Mapping, toTopicPart } from '../mapping.ts';
import { keyFields, referenceTables, type TableName } from '../tables.ts';

/*
 * Which columns of PICS leave the database, and which are written: under our names, so that a site's own names
 * (`pics.mapping`) reach the publication, the connector, the grants, the topics and the reader schemas alike.
 *
 * A column is captured when it belongs to a key, or when a change of it can mean something to a vendor under the
 * settings in force; the vendor says which (`Vendor.capturedFields`). Free text (notes), address line 5, user-defined
 * fields, change stamps, mentors and the outcome of a command have no field and never leave PICS.
 */

/** By entity: the fields whose changes a vendor compares. */
type CaptureNeeds = Readonly<Partial<Record<ChangeEntity, readonly string[]>>>;

type CapturedColumn = {
  /** Our name; the reference schema's name; the name at this site. */
  readonly field: string;
  readonly reference: string;
  readonly column: string;
  readonly isKey: boolean;
};

/** A captured table as it is at this site. */
export type CapturedTable = {
  readonly entity: ChangeEntity;
  /** Its name in the reference schema, by which schemas and topics are known in the program. */
  readonly reference: string;
  readonly schema: string;
  readonly table: string;
  /** End of its topic. */
  readonly topicPart: string;
  /** FULL where a rule compares old with new values, or where the key does not contain the learner. */
  readonly replicaIdentity: 'full' | 'default';
  readonly columns: readonly CapturedColumn[];
};

/** A command is captured whole, as far as its giver fills it in: its row is what the command says. */
const alwaysCaptured: CaptureNeeds = {
  request: [
    'kind',
    'vendor',
    'ident',
    'officer',
    'organisation',
    'payload',
    'requestedBy',
    'requestedAt',
    'status',
  ],
  heartbeat: ['beatAt'],
  canary: ['probe', 'state'],
};

/** What is captured at a site for these needs. A field that the site does not have is left out. */
export function planCapture(mapping: Mapping, needs: readonly CaptureNeeds[]): readonly CapturedTable[] {
  const entities = Object.keys(keyFields) as ChangeEntity[];
  return entities.map((entity): CapturedTable => {
    const table = mapping[entity];
    const reference = referenceTables[entity];
    const keys: readonly string[] = keyFields[entity];
    const wanted = new Set([...keys, ...[alwaysCaptured, ...needs].flatMap((need) => need[entity] ?? [])]);
    const unknown = [...wanted].filter((field) => !Object.hasOwn(table.columns, field));
    if (unknown.length > 0) throw new Error(`${entity} has no field ${unknown.join(', ')}`);
    return {
      entity,
      reference: reference.table,
      schema: table.schema,
      table: table.table,
      topicPart: toTopicPart(table),
      replicaIdentity: reference.schema === 'pics' ? 'full' : 'default',
      columns: Object.entries(reference.columns).flatMap(([field, [name]]) => {
        const column = table.columns[field]?.column ?? null;
        if (column === null || !wanted.has(field)) return [];
        return [{ field, reference: name, column, isKey: keys.includes(field) }];
      }),
    };
  });
}

/** Signals steer the connector, which reads them itself; their topic has no schema of ours. */
export const signalTable = {
  schema: 'picsync',
  table: 'signal',
  replicaIdentity: 'default',
  columns: ['id', 'type', 'data'],
} as const;

/**
 * The connector's lists: regular expressions that match a whole name, separated by commas. `cut` are the columns whose
 * texts are cut in the event, so that no row is larger than a record of Kafka (G-12): nothing is sent from the event.
 * Keys are not cut, and a command is whole or refused.
 */
export function toConnectorLists(tables: readonly CapturedTable[]): {
  readonly tables: string;
  readonly columns: string;
  readonly cut: string;
} {
  const names = [
    ...tables.flatMap(({ schema, table, columns }) =>
      columns.map(({ column, isKey }) => ({
        path: [schema, table, column],
        isCut: !isKey && schema !== 'picsync',
      })),
    ),
    ...signalTable.columns.map((column) => ({
      path: [signalTable.schema, signalTable.table, column],
      isCut: false,
    })),
  ];
  const toList = (paths: readonly (readonly string[])[]): string =>
    paths.map((path) => path.map(toLiteral).join('\\.')).join(',');
  return {
    tables: toList([...tables, signalTable].map(({ schema, table }) => [schema, table])),
    columns: toList(names.map(({ path }) => path)),
    cut: toList(names.filter(({ isCut }) => isCut).map(({ path }) => path)),
  };
}

/** A regular expression that matches this name alone. */
function toLiteral(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, (character) => `\\${character}`);
}

/**
 * The fields that the sync may write in PICS. The grants of its role are built from them.
 *
 * The sync never deletes a row of schema `pics` and never creates a learner, an officer, an organisation or
 * a delivery qualification, so it has INSERT only for reviews (OF-53, SA-41). The ULN is not listed: it is
 * never written (SA-51).
 */
export const writtenFields: Readonly<Partial<Record<TableName, readonly string[]>>> = {
  learner: [
    ...['firstName', 'surname', 'sex', 'birthDate', 'niNumber', 'phone', 'mobile', 'postcode'], // OF-70, SA-50
    ...['address1', 'address2', 'address3', 'address4'],
  ],
  episode: ['risk'], // SA-4
  'learner-details': [
    ...['email', 'ethnicity', 'disability', 'primaryDifficulty'], // OF-70, SA-50
    ...['activePortfolio', 'oneFileId', 'smartAssessorId'], // OF-23, SA-18
  ],
  officer: ['firstName', 'surname', 'phone', 'mobile', 'email', 'externalId'], // OF-71, SA-53, OF-30
  organisation: [
    ...['name', 'address1', 'address2', 'address3', 'address4', 'postcode', 'phone', 'email', 'website'], // OF-72
    'externalId', // OF-33, SA-24
  ],
  qualification: [
    ...['registrationNumber', 'registeredOn', 'certificateAppliedOn', 'certificateReceivedOn'], // OF-42 to OF-44
    ...['elementsTotal', 'elementsDone'], // OF-45, SA-32
  ],
  review: Object.keys(referenceTables.review.columns), // OF-53 to OF-57, SA-41
};

export const insertedFields: Readonly<Partial<Record<TableName, readonly string[]>>> = {
  review: Object.keys(referenceTables.review.columns),
};

/** Tables that are read with a learner or when needed, but not captured. A site need not have them. */
export const readOnlyTables: readonly TableName[] = [
  'related-officer',
  'tag',
  'unit',
  'catalogue-entry',
  'review-type',
  'product-setting',
];

/** The columns of these fields at a site, without those it does not have. */
export function toSiteColumns(table: MappedTable, fields: readonly string[]): string[] {
  return fields.flatMap((field) => table.columns[field]?.column ?? []);
}

/**
 * Columns of `picsync.request` that the giver of a command fills in. The sync writes the others as its
 * answer.
 */
export const requestInputColumns: readonly string[] = [
  'id',
  'kind',
  'vendor',
  'ident',
  'officer',
  'place',
  'payload',
  'requested_by',
];

export const requestAnswerColumns: readonly string[] = [
  'status',
  'code',
  'message',
  'result',
  'attempts',
  'started_at',
  'finished_at',
];
