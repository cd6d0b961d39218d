import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type NamedSchema, readSchemas, schemaFolder } from './read-schemas.ts';
import { toTypes } from './to-types.ts';
import { addVersions, checkVersions, type PublishedVersion, type PublishedVersions } from './versions.ts';

const head = '// Made by `npm run generate` from schemas/*.avsc. Change those.\n';
const generatedFolder = fileURLToPath(new URL('../src/contract/generated/', import.meta.url));
export const versionsFile: string = `${schemaFolder}/fingerprints.jsonl`;

/** Path and content of every generated file. */
export function generate(schemas: readonly NamedSchema[]): ReadonlyMap<string, string> {
  const entries = schemas.map(({ name, schema }) => `  '${name}': ${JSON.stringify(schema)},`);
  return new Map([
    [`${generatedFolder}types.ts`, `${head}\n${toTypes(schemas)}`],
    [
      `${generatedFolder}schemas.ts`,
      `${head}\nimport type { SchemaName } from './types.ts';\n\n` +
        `export const schemas: Readonly<Record<SchemaName, object>> = {\n${entries.join('\n')}\n};\n`,
    ],
  ]);
}

export function readPublishedVersions(): PublishedVersions {
  const text = existsSync(versionsFile) ? readFileSync(versionsFile, 'utf8') : '';
  const versions: Record<string, PublishedVersion[]> = {};
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const { name, ...entry } = JSON.parse(line) as PublishedVersion & { name: string };
    versions[name] = [...(versions[name] ?? []), entry];
  }
  return versions;
}

/** One version a line, so that a new version is one added line. */
export function formatVersions(versions: PublishedVersions): string {
  const entries = Object.entries(versions).flatMap(([name, of]) => of.map((entry) => ({ name, ...entry })));
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

function main(): number {
  const schemas = readSchemas();
  const published = readPublishedVersions();
  const faults = checkVersions(schemas, published);
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\n`);
    return 1;
  }
  mkdirSync(generatedFolder, { recursive: true });
  for (const [path, content] of generate(schemas)) writeFileSync(path, content);
  writeFileSync(versionsFile, formatVersions(addVersions(schemas, published)));
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
