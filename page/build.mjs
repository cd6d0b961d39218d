// Builds the page into dist/page, from where the ops role serves it. With --when-older it does so only when a source has
// changed since. Plain JavaScript: the bootstrap runs it before anything else.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(folder);
const built = path.join(root, 'dist', 'page', 'index.html');

/** Files that the build is made from; the lock file stands for the packages. */
function listSources() {
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) =>
    path.join(folder, file),
  );
  return [...own, path.join(root, 'src', 'page', 'api.ts'), path.join(root, 'package-lock.json')];
}

function isOlder() {
  if (!existsSync(built)) return true;
  const builtAtMs = statSync(built).mtimeMs;
  return listSources().some((file) => statSync(file).mtimeMs > builtAtMs);
}

if (!process.argv.includes('--when-older') || isOlder()) {
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const config = path.join(folder, 'vite.config.ts');
  const run = spawnSync(process.execPath, [vite, 'build', '--config', config, '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // The test runner says that it tests, and the page would be built for that.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (run.error) process.stderr.write(`The page could not be built: ${run.error.message}\n`);
  process.exit(run.status ?? 1);
}
