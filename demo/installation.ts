import { rmSync } from 'node:fs';
import path from 'node:path';
import { toExternalParts } from '../stack/addresses.ts';
import { type RunningStack, type StartProgress, startStack } from '../stack/start-stack.ts';
import { deploy } from '../test/support/deployment/deployment.ts';
import type { DemoOptions } from './options.ts';
import type { Phases } from './phases.ts';
import { type Started as StartedRoles, startRoles } from './start-roles.ts';
import { fallbackClassroomId } from './story/enrolment.ts';

export const projectDir = path.resolve(import.meta.dirname, '..');
/** Configuration and logs; they stay when something went wrong. */
export const filesDir = path.join(projectDir, '.local', 'demo');

/** Everything that runs. */
export type Started = StartedRoles & { readonly stack: RunningStack };

type StartParts = {
  readonly options: DemoOptions;
  readonly phases: Phases;
  readonly cleanUp: AsyncDisposableStack;
  readonly signal: AbortSignal;
};

/** Starts everything the story needs. Whatever was started is in `cleanUp`, also when this throws. */
export async function startAll({ options, phases, cleanUp, signal }: StartParts): Promise<Started> {
  const isBorrowed = Object.keys(toExternalParts(process.env)).length > 0;
  const stackTitle = isBorrowed
    ? 'the given parts are checked, the others started'
    : 'Kafka, Connect, registry, PostgreSQL and Redis are started';
  const stack = await phases.run(stackTitle, async (detail) => {
    const started = await startStack({
      name: 'demo',
      owner: 'this-process',
      discard: true,
      onProgress: (progress) => detail(toDetail(progress)),
      signal,
    });
    cleanUp.defer(() => started.stop());
    return started;
  });
  signal.throwIfAborted();
  rmSync(filesDir, { recursive: true, force: true });
  // Borrowed parts may be in use by others: names of our own.
  const name = isBorrowed ? `demo${Date.now().toString(36)}` : 'demo';
  const installation = await phases.run(
    `PICS, OneFile's simulator and the sync database, with ${options.learners} learners`,
    async (detail) => {
      const deployed = await deploy({
        stack: stack.addresses,
        name,
        directory: filesDir,
        inputs: { learners: options.learners, seed: options.seed },
        settings: { onefile: { fallbackClassroomId } },
        appliesConnector: false,
        enablesOneFile: false,
        onStep: detail,
      });
      cleanUp.use(deployed);
      deployed.keepsFiles = true; // how the story went decides
      return deployed;
    },
  );
  signal.throwIfAborted();
  return { stack, ...(await startRoles({ installation, phases, signal })) };
}

function toDetail(progress: StartProgress): string {
  if (progress.kind === 'fetching') return `downloads (once): ${progress.detail}`;
  if (progress.kind === 'fetched') return 'downloads are complete';
  return `${progress.report.part} ${progress.report.status}`;
}
