import { met, unmet } from '../wait-for.ts';
import { inWords, readCalls } from './onefile.ts';
import type { Step } from './step.ts';

const reads = ['GET User/{id}', 'POST LearningAim/Search/{page}/{size}', 'POST Review/Search/{page}/{size}'];

/** OF-41: the whole daily exchange of one learner, by the command line an administrator uses. */
export const refreshOnCommand: Step = {
  title: 'A refresh on command reads the learner whole, and finds nothing to do',
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person('10001');
    const since = await installation.oneFile.mark();
    const result = await teller.act('pics-sync', `./pics-sync onefile pull ${ident}   (${name})`, () =>
      installation.cli('onefile', 'pull', ident, '--timeout', '30'),
    );
    await teller.expect({
      place: 'pics-sync',
      expected: 'the command says that it is done',
      log: 'outbound',
      withinMs: 0,
      look: async () => {
        const [said = ''] = result.stdout.split('\n');
        const seen = `the command says: ${said || result.stderr}`;
        return result.code === 0 && said.startsWith('done') ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: 'the learner, the aims and the reviews were read, and no call changed anything',
      withinMs: 0,
      look: async () => {
        const { all, writes } = await readCalls(installation, since);
        const about = all.filter(({ path, body }) => `${path} ${body}`.includes(`${oneFileId}`));
        const missing = reads.filter(
          (read) => !about.some(({ method, route }) => `${method} ${route}` === read),
        );
        const seen =
          missing.length === 0
            ? `learner, aims and reviews were read; calls that changed something: ${inWords(writes)}`
            : `not asked for: ${missing.join(', ')}; calls that changed something: ${inWords(writes)}`;
        return missing.length === 0 && writes.length === 0 ? met(seen, null) : unmet(seen);
      },
    });
  },
};
