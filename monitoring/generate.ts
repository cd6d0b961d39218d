import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildDashboard } from './dashboard.ts';

/** Run by `npm run generate`: writes the dashboard where Grafana's provisioning looks for it. */
const folder = path.join(import.meta.dirname, 'generated');
mkdirSync(folder, { recursive: true });
const file = path.join(folder, 'dashboard.json');
writeFileSync(file, `${JSON.stringify(buildDashboard(), null, 2)}\n`);
process.stdout.write('wrote monitoring/generated/dashboard.json\n');
