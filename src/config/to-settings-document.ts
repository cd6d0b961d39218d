import type { SettingInfo } from './setting-list.ts';

const head = `# Configuration

One file, \`pics-sync.yaml\` (another with \`--config\` or \`PICS_SYNC_CONFIG\`), and the environment. Every setting has the name
in its table, written as groups in the file; \`kafka.brokers\` is

\`\`\`yaml
kafka:
  brokers: [kafka-1:9092, kafka-2:9092]
\`\`\`

Every setting can be given in the environment instead: its path in capitals after \`PICS_SYNC_\`, so \`PICS_SYNC_KAFKA_BROKERS\`,
lists separated by commas. The environment wins over the file, the file over the default.

A secret never stands in the file. It is a reference, \`{ env: NAME }\` or \`{ file: path }\` (beside the settings file), or comes
from the environment. \`pics-sync config check\` names every fault at once; a fault in a vendor's section stops only that vendor.

This document is made from the code by \`npm run generate:docs\`.
`;

/** `docs/configuration.md`, from the descriptions in the schemas. */
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
