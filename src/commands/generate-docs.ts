import { writeFileSync } from 'node:fs';
import { listAllSettings } from '../config/to-config.ts';
import { toSettingsDocument } from '../config/to-settings-document.ts';

/** Run by `npm run generate:docs`: writes the documents that are made from the code. */
const documents = { 'docs/configuration.md': toSettingsDocument(listAllSettings()) };

for (const [file, text] of Object.entries(documents)) {
  writeFileSync(new URL(`../../${file}`, import.meta.url), text);
  process.stdout.write(`wrote ${file}\n`);
}
