import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { uniqueName, useStack } from '../stack/use-stack.ts';
import { type Deployment, type DeployOptions, deploy } from './deployment.ts';

export type InstallationOptions = Pick<
  DeployOptions,
  'alterPics' | 'inputs' | 'settings' | 'enablesVendors' | 'hasSmartAssessor'
>;

/** Commits often, and calls as fast as the machine allows: what is tested is never the budget. */
const quick = {
  outbound: { commitIntervalMs: 200 },
  onefile: { callsPerMinute: 100_000 },
} as const;
/** Smart Assessor says nothing of its changes: it is read again and again. */
const quickSmartAssessor = { 'smart-assessor': { callsPerMinute: 600, pollIntervalS: 1 } } as const;

/**
 * One installation for all tests of a file, taken away after the last.
 *
 * Roles and scripted answers end with the test that began them. A failed test shows what the roles complained of.
 *
 * `const installation = useDeployment('killed')`, and in a test `installation()`.
 */
export function useDeployment(
  label: string,
  given: InstallationOptions | (() => Promise<InstallationOptions>) = {},
): () => Deployment {
  let deployment: Deployment | null = null;
  beforeAll(async () => {
    const options = typeof given === 'function' ? await given() : given;
    const { settings = {}, hasSmartAssessor = false } = options;
    const fast: Readonly<Record<string, object>> = hasSmartAssessor
      ? { ...quick, ...quickSmartAssessor }
      : quick;
    const sections = new Set([...Object.keys(fast), ...Object.keys(settings)]);
    const merged = [...sections].map((section) => [section, { ...fast[section], ...settings[section] }]);
    deployment = await deploy({
      ...options,
      stack: useStack(),
      name: uniqueName(label),
      settings: Object.fromEntries(merged),
    });
    await deployment.oneFile.patch('/switches', { 'rate-limit': 0 });
  });
  afterEach(async ({ task }) => {
    await deployment?.stopRoles();
    await deployment?.oneFile.delete('/rules');
    if (deployment?.hasSmartAssessor) await deployment.smartAssessor.delete('/rules');
    if (task.result?.state === 'fail' && deployment !== null)
      process.stderr.write(await readComplaints(deployment));
  });
  afterAll(async () => {
    await deployment?.[Symbol.asyncDispose]();
  });
  return () => {
    if (deployment === null) throw new Error('the installation is there only while tests run');
    return deployment;
  };
}

async function readComplaints({ directory }: Deployment): Promise<string> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.log'));
  const parts = await Promise.all(
    files.map(async (file) => {
      const lines = (await readFile(path.join(directory, file), 'utf8')).split('\n');
      const complaints = lines.filter((line) => line !== '' && !/"level":"(info|debug|trace)"/.test(line));
      return complaints.slice(-15).map((line) => `${file}: ${line.slice(0, 600)}\n`);
    }),
  );
  return parts.flat().join('');
}
