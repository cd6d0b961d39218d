import pg from 'pg';
import { type Command, help, readCommand } from './command-line.ts';
import { createDataset } from './generate/dataset.ts';
import { createPicsSchema, loadOneFile, loadPics, loadSmartAssessor } from './load.ts';

async function runLoad(command: Extract<Command, { kind: 'load' }>): Promise<void> {
  const dataset = createDataset(command.inputs);
  await withDatabase(command.databaseUrl, async (client) => {
    await createPicsSchema(client);
    await assertEmpty(client);
    const counts = await loadPics(client, dataset, ({ learners, of }) =>
      showProgress(`PICS: ${learners} of ${of}`),
    );
    finishLine(`PICS: ${describeCounts(counts)}`);
  });
  const vendors = [
    { title: 'OneFile', control: command.oneFileControl, load: loadOneFile },
    { title: 'Smart Assessor', control: command.smartAssessorControl, load: loadSmartAssessor },
  ];
  for (const { title, control, load } of vendors) {
    if (control === null) continue;
    const counts = await load(control, dataset, (records) => showProgress(`${title}: ${records} records`));
    finishLine(`${title}: ${describeCounts(counts)}`);
  }
}

/** Loading twice, or into a real PICS, must not change what is there. */
async function assertEmpty(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('select from pics."trainee" limit 1');
  if (rowCount !== 0)
    throw new Error('the schema "pics" of this database already holds learners; nothing was loaded');
}

async function withDatabase(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect().catch((error: unknown) => {
    throw new Error(`the database cannot be reached: ${reasonOf(error)}`, { cause: error });
  });
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

function showProgress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
}

function finishLine(line: string): void {
  process.stdout.write(`${process.stdout.isTTY ? '\r' : ''}${line}\n`);
}

function describeCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

const command = readCommand(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    process.stdout.write(help);
    break;
  case 'refused':
    process.stderr.write(`${command.reason}\n`);
    process.exitCode = 2;
    break;
  case 'load':
    await runLoad(command).catch((error: unknown) => {
      process.stderr.write(`${reasonOf(error)}\n`);
      process.exitCode = 1;
    });
}
