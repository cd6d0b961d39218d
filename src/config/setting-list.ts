import { z } from 'zod';

/** One setting of a schema, with what the documents, environment overrides and suggestions need. */
export type SettingInfo = {
  /** `kafka.brokers`. */
  readonly path: string;
  /** The environment variable that overrides it: `PICS_SYNC_KAFKA_BROKERS`. */
  readonly env: string;
  /** The allowed values, for display. */
  readonly values: string;
  readonly defaultValue: unknown;
  readonly description: string;
  /** How a text from the environment is converted to a value. */
  readonly form: 'text' | 'number' | 'list' | 'secret' | 'other';
};

type Node = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly items?: Node;
  readonly default?: unknown;
  readonly description?: string;
  readonly shownAs?: string;
  readonly minimum?: number;
  readonly maximum?: number;
};

export function toEnvName(path: string): string {
  const words = path.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_');
  return `PICS_SYNC_${words.toUpperCase()}`;
}

/**
 * Lists every setting of a schema, in order. `path` is the position of the schema in the file.
 *
 * The schema is converted to JSON Schema twice, for its input and for its output; some defaults appear only
 * in the output.
 */
export function listSettings(schema: z.ZodType, path = ''): SettingInfo[] {
  return listNode(toNode(schema, 'input'), toNode(schema, 'output'), path);
}

function toNode(schema: z.ZodType, io: 'input' | 'output'): Node {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Node;
}

/** `result` is the same node of the output schema. Some defaults appear only there. */
function listNode(node: Node, result: Node | undefined, path: string): SettingInfo[] {
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([name, inner]) =>
      listNode(inner, result?.properties?.[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return [
    {
      path,
      env: toEnvName(path),
      values: toValues(node),
      defaultValue: node.default ?? result?.default,
      description: node.description ?? '',
      form: toForm(node),
    },
  ];
}

function toForm(node: Node): SettingInfo['form'] {
  if (isSecretNode(node)) return 'secret';
  if (node.type === 'array') return 'list';
  if (node.type === 'integer' || node.type === 'number') return 'number';
  if (node.type === 'string' || node.enum !== undefined) return 'text';
  if (node.type === 'boolean') return 'text';
  return node.anyOf === undefined ? 'other' : toUnionForm(node.anyOf);
}

/** A text is tried as a number if a number is one of the accepted forms. */
function toUnionForm(nodes: readonly Node[]): SettingInfo['form'] {
  return nodes.some(({ type }) => type === 'integer' || type === 'number') ? 'number' : 'text';
}

function isSecretNode(node: Node): boolean {
  return node.shownAs?.includes('secret') === true;
}

function toValues(node: Node): string {
  if (node.shownAs !== undefined) return node.shownAs;
  if (node.enum !== undefined) return node.enum.join(', ');
  if (node.anyOf !== undefined) return node.anyOf.map(toValues).join(', ');
  if (node.type === 'array') return `list: ${toValues(node.items ?? {})}`;
  if (node.type === 'integer' || node.type === 'number') return toRange(node);
  if (node.type === 'boolean') return 'on, off';
  if (node.type === 'string') return 'text';
  return node.type === 'object' ? 'names and values' : 'any';
}

function toRange({ minimum, maximum }: Node): string {
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? null : maximum;
  if (most === null) return minimum === undefined ? 'number' : `number from ${minimum}`;
  return `${minimum ?? 0} to ${most}`;
}

const head = `# Configuration

The configuration comes from one file, \`pics-sync.yaml\` (or another given with \`--config\` or \`PICS_SYNC_CONFIG\`), and the
environment. A setting has the name in its table and is written in groups in the file; \`kafka.brokers\` is

\`\`\`yaml
kafka:
  brokers: [kafka-1:9092, kafka-2:9092]
\`\`\`

Every setting can be set in the environment instead: its path in capitals after \`PICS_SYNC_\`, for example
\`PICS_SYNC_KAFKA_BROKERS\`. Separate the entries of a list with commas. The environment overrides the file, and the file
overrides the default.

The file must not contain secrets. A secret is a reference, \`{ env: NAME }\` or \`{ file: path }\` (relative to the settings
file), or comes from the environment. \`pics-sync config check\` lists all faults at once; a fault in a vendor's section stops
only that vendor.

This document is generated from the code by \`npm run generate:docs\`.
`;

/** Builds `docs/configuration.md` from the descriptions in the schemas. */
export function toSettingsDocument(settings: readonly SettingInfo[]): string {
  const groups = Map.groupBy(settings, ({ path }) => (path.includes('.') ? (path.split('.')[0] ?? '') : ''));
  const sections = [...groups].map(([group, inGroup]) => {
    const title = group === '' ? 'Everywhere' : `\`${group}\``;
    return `## ${title}\n\n${toTable(inGroup)}`;
  });
  return `${[head, ...sections].join('\n')}`;
}

function toTable(settings: readonly SettingInfo[]): string {
  const rows = settings.map(({ path, values, defaultValue, description }) =>
    [`\`${path}\``, values, toDefault(defaultValue), description].map(toCell).join(' | '),
  );
  return `| setting | values | default | meaning |\n| --- | --- | --- | --- |\n${rows.map((row) => `| ${row} |\n`).join('')}`;
}

function toDefault(value: unknown): string {
  if (value === undefined) return '';
  if (value === true) return 'on';
  if (value === false) return 'off';
  if (value === '') return 'empty';
  if (Array.isArray(value)) return value.join(', ') || 'none';
  if (typeof value === 'object') return 'none';
  return String(value);
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
