import { parseArgs } from 'node:util';
import { isPartName, partNames } from './addresses.ts';
import { runDown, runLogs, runStatus, runUp } from './commands.ts';
import { StackFault, sentenceOf } from './fault.ts';
import { checkName } from './state.ts';

const help = `Runs Kafka, Kafka Connect with Debezium, a schema registry, PostgreSQL and Redis on this machine, without containers.

  npm run stack:up                  downloads what is missing, starts all parts, returns when each of them answers
  npm run stack:status              what runs, and where it answers
  npm run stack:logs -- [part]      where the logs are, or the last lines of one (${partNames.join(', ')})
  npm run stack:down                ends all parts; the data stays

Options, after "--":
  --name <name>        another stack beside the first one (default: dev)
  --ports <list>       ports of your choice, for example kafka=29092,postgres=25432 (default: free ones, remembered)
  --throughput         leaves Connect the optimising compiler: slower start, more events a second
  --purge              with down: removes the data too
  --json               with up and status: as JSON
  --help               this text

Environment:
  PICS_SYNC_STACK_CACHE                              folder of the downloads (default: in the user's cache folder)
  PICS_SYNC_STACK_KAFKA, _REGISTRY, _CONNECT,        address of a part that runs elsewhere: it is checked, not started
  _POSTGRES, _REDIS
`;

const out = (text: string) => void process.stdout.write(text);

async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args);
  const [command, part] = positionals;
  if (values.help || command === undefined) {
    out(help);
    return values.help ? 0 : 1;
  }
  const name = checkName(values.name ?? 'dev');
  if (part !== undefined && !isPartName(part)) {
    throw new StackFault(`There is no part "${part}". Known: ${partNames.join(', ')}.`);
  }
  const isJson = values.json ?? false;
  switch (command) {
    case 'up':
      return runUp({ name, ports: values.ports ?? '', isThroughput: values.throughput ?? false, isJson });
    case 'down':
      return runDown(name, values.purge ?? false);
    case 'status':
      return runStatus(name, isJson);
    case 'logs':
      return runLogs(name, part ?? null);
    default:
      throw new StackFault(`There is no command "${command}". See --help.`);
  }
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        ports: { type: 'string' },
        throughput: { type: 'boolean' },
        purge: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new StackFault(`${sentence}. See --help.`);
  }
}

// A reader such as `head` closes its end when it has read enough.
process.stdout.on('error', () => process.exit(0));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
