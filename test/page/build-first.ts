import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Builds the page when a source is newer than the build, so that the browser shows what is written. */
export function setup(): void {
  const script = path.resolve(import.meta.dirname, '../../page/build.mjs');
  execFileSync(process.execPath, [script, '--when-older'], { stdio: ['ignore', 'inherit', 'inherit'] });
}
