import { createStop } from './base/sleep.ts';
import { createIo } from './cli/io.ts';
import { runProgram } from './cli/program.ts';

const stop = createStop();
const exitCode = await runProgram(process.argv.slice(2), createIo(stop.signal));
// Output to a pipe is written in the background: end only when it is out.
process.stdout.write('', () => process.exit(exitCode));
