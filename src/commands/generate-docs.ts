import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { listAllSettings } from '../config/to-config.ts';
import { toSettingsDocument } from '../config/to-settings-document.ts';
import { readMetrics, toMetricsDocument } from './metrics-document.ts';
import { collectRules, readRuleSources, toRulesDocument } from './rules-document.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Run by `npm run generate:docs`: writes the documents that are made from the code. */
const documents = {
  'docs/configuration.md': toSettingsDocument(listAllSettings()),
  'docs/metrics.md': toMetricsDocument(readMetrics(root)),
  'docs/rules.md': toRulesDocument(collectRules(readRuleSources(root))),
};

for (const [file, text] of Object.entries(documents)) {
  writeFileSync(path.join(root, file), text);
  process.stdout.write(`wrote ${file}\n`);
}
