import type { Command } from 'commander';
import { Fault } from '../../base/fault.ts';
import { readConfig } from '../../config/read-config.ts';
import { type Io, toJsonText } from '../io.ts';
import { type CommonOptions, loadConfig } from '../load-config.ts';
import { withCommonOptions } from '../options.ts';
import type { Finding } from './check.ts';
import { ok, warn } from './check.ts';

export function addDoctorCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('doctor'))
    .description('look at every connection and say what is wrong and what to do')
    .action((options: CommonOptions) => examine(io, options));
}

async function examine(io: Io, options: CommonOptions): Promise<void> {
  const quiet: Io = { ...io, tell: () => {} };
  const config = loadConfig(quiet, options);
  const { file } = readConfig(options.config, io.env);
  const [{ checkKafka }, { checkPics }, { checkRedis, checkStore }, { checkOneFile }] = await Promise.all([
    import('./kafka-checks.ts'),
    import('./pics-checks.ts'),
    import('./own-checks.ts'),
    import('./vendor-checks.ts'),
  ]);
  const checks = await Promise.all([
    checkPics(config),
    checkKafka(config),
    checkStore(config),
    checkRedis(config),
    checkOneFile(config),
  ]);
  const warnings = config.warnings.map((text) => warn('configuration', text, 'Correct the setting.'));
  const findings = [ok('configuration', file), ...warnings, ...checks.flat()];
  report(io, options, findings);
  const failed = findings.filter(({ status }) => status === 'fail').length;
  if (failed > 0) throw new Fault(`${failed} of ${findings.length} checks failed.`);
}

const colours = { ok: '\u001b[32m', warn: '\u001b[33m', fail: '\u001b[31m' } as const;

function report(io: Io, options: CommonOptions, findings: readonly Finding[]): void {
  if (options.json) {
    io.write(toJsonText(findings));
    return;
  }
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { status, what, detail, advice } of findings) {
    const mark = io.isTerminal ? `${colours[status]}${status.padEnd(4)}\u001b[0m` : status.padEnd(4);
    io.write(
      `${mark}  ${what.padEnd(width)}  ${detail}${advice === '' ? '' : `\n${' '.repeat(8 + width)}→ ${advice}`}\n`,
    );
  }
}
