import { createStop } from '../../../src/base/sleep.ts';
import { createIo } from '../../../src/cli/io.ts';
import { runProgram } from '../../../src/cli/program.ts';

// The command lines with which an administrator sets an installation up, in one process: four would spend most of
// their time on starting. Lines given as one argument, with semicolons between them, run beside each other; those of
// the next argument after them. A line that fails ends it all.

const [configFile = '', ...turns] = process.argv.slice(2);
const io = createIo(createStop().signal);

async function runLine(line: string): Promise<void> {
  const exitCode = await runProgram([...line.split(' '), '--config', configFile], io);
  if (exitCode === 0) return;
  // Output to a pipe is written in the background: end only when it is out.
  process.stderr.write(`pics-sync ${line} ended with ${exitCode}\n`, () => process.exit(exitCode));
  await new Promise(() => {});
}

for (const [index, turn] of turns.entries()) {
  await Promise.all(turn.split(';').map(runLine));
  process.stdout.write(`turn ${index + 1} done\n`);
}
process.exit(0);
