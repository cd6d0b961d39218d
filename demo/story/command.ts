import type { Deployment } from '../../test/support/deployment/deployment.ts';
import type { Teller } from './teller.ts';

/** What a command of pics-sync answers with `--json`: the row of its request. */
export type Answer<R> = {
  readonly status: string;
  readonly message: string | null;
  readonly result: R | null;
};

/** Gives a command as an administrator does, shown as typed, and reads what it answers. */
export async function giveCommand<R>(
  installation: Deployment,
  teller: Teller,
  args: readonly string[],
): Promise<Answer<R>> {
  const { code, stdout, stderr } = await teller.act('pics-sync', `./pics-sync ${args.join(' ')}`, () =>
    installation.cli(...args, '--timeout', '60', '--json'),
  );
  if (stdout.trim() === '') return { status: `exit code ${code}`, message: stderr.trim(), result: null };
  return JSON.parse(stdout) as Answer<R>;
}
