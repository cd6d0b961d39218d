// Plain JavaScript for the machine's own Node (18 or newer): installs the packages when they are missing or other than
// the lock file says, builds the page when it is older than its sources, then runs a program with the project's Node. Used by `npm test`, `npm run demo` and others.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(root, 'node_modules');
const stamp = path.join(modules, '.installed-from');
const node = path.join(modules, '.bin', 'node');

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function wanted() {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function installedFrom() {
  return existsSync(stamp) ? readFileSync(stamp, 'utf8').trim() : null;
}

/** npm's own messages are shown only when it fails: they are long and rarely about us. */
function install() {
  process.stdout.write('Installing packages (npm ci) …\n');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (npm.error) fail(`npm cannot be run: ${npm.error.message}`);
  if (npm.status !== 0)
    fail(`${npm.stdout}${npm.stderr}\nThe packages could not be installed; npm says why above.`);
  writeFileSync(stamp, `${wanted()}\n`);
}

const major = Number(process.versions.node.split('.')[0]);
if (major < 18) fail(`Node ${process.versions.node} is too old: install Node 18 or newer.`);
const [program, ...args] = process.argv.slice(2);
if (program === undefined) fail('Usage: node bootstrap.mjs <program> [arguments]');
if (installedFrom() !== wanted()) install();
if (!existsSync(node))
  fail(`There is no Node package for ${process.platform} ${process.arch}: run with Node 24 yourself.`);

// The ops role serves the page, and the tests drive it.
if (program !== 'page/build.mjs') {
  const build = spawnSync(node, [path.join(root, 'page', 'build.mjs'), '--when-older'], { stdio: 'inherit' });
  if (build.status !== 0) fail('The page could not be built; the reason is above.');
}

const file = /\.m?[jt]s$/.test(program) ? path.join(root, program) : path.join(modules, '.bin', program);
const flags = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];
const run = spawn(node, [...flags, file, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: {
    // Every process of ours begins by stripping and compiling a few hundred files: half of its start.
    NODE_COMPILE_CACHE: path.join(modules, '.cache', 'compile'),
    ...process.env,
    PATH: `${path.join(modules, '.bin')}${path.delimiter}${process.env.PATH}`,
  },
});
// The terminal sends Ctrl-C to the program as well, which may need a moment to tidy up: stay until it has ended.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => run.kill(signal));
run.on('error', (error) => fail(`${node} cannot be run: ${error.message}`));
run.on('exit', (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
