import { toPostgresUrl } from '../stack/addresses.ts';
import { toPicsDatabase, toStoreDatabase } from '../test/support/deployment/config-file.ts';
import type { Started } from './installation.ts';
import type { Screen } from './screen.ts';

/** What a person needs to look at the running installation: addresses, databases, commands, logs. */
export function showSurroundings({ scene, stack, roles }: Started, screen: Screen): void {
  const { installation } = scene;
  const { postgres, kafka, registry, connect, redis } = stack.addresses;
  const toDatabase = (database: string): string => toPostgresUrl({ ...postgres, database });
  const section = (title: string, lines: Readonly<Record<string, string>>): void => {
    screen.write(`\n${screen.bold(title)}\n`);
    for (const [name, value] of Object.entries(lines)) screen.write(`   ${name.padEnd(18)}${value}\n`);
  };
  section('Databases (psql or any other client)', {
    PICS: toDatabase(toPicsDatabase(installation.name)),
    'sync database': toDatabase(toStoreDatabase(installation.name)),
  });
  section('OneFile simulator', {
    'control door': installation.oneFile.url,
    'every call it got': `curl ${installation.oneFile.url}/calls`,
    'its reviews': `curl ${installation.oneFile.url}/records/reviews`,
  });
  section('Parts', { Kafka: kafka.join(','), Registry: registry, Connect: connect, Redis: redis });
  section(
    'Processes: /metrics, /healthz, /readyz',
    Object.fromEntries(
      [...roles].map(([role, running]) => [role, `${running().httpUrl}  (pid ${running().pid})`]),
    ),
  );
  section('Logs', { folder: installation.directory });
  screen.write(`\n${screen.bold('Commands: in another terminal, in the folder of the project, first')}\n`);
  for (const [name, value] of Object.entries(installation.env))
    screen.write(`   export ${name}='${value}'\n`);
  screen.write(`${screen.bold('then for example')}\n`);
  for (const command of ['doctor', 'lag', 'timeline 10001', 'refresh 10001', 'held list', 'tail itp_revu'])
    screen.write(`   ./pics-sync ${command} --config ${installation.configFile}\n`);
}
