import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { listAllSettings } from '../config/config.ts';
import { toSettingsDocument } from '../config/setting-list.ts';
import {
  collectRules,
  readMetrics,
  readRuleSources,
  toMetricsDocument,
  toRulesDocument,
} from './documents.ts';

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
