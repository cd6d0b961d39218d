import { type Io, toFailure, toJsonText } from './io.ts';
import type { CommonOptions } from './options.ts';

/** The result of one check. `advice` is empty if there is nothing to do. */
export type Finding = {
  readonly status: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly detail: string;
  readonly advice: string;
};

export function ok(what: string, detail = ''): Finding {
  return { status: 'ok', what, detail, advice: '' };
}

export function warn(what: string, detail: string, advice: string): Finding {
  return { status: 'warn', what, detail, advice };
}

export function fail(what: string, detail: string, advice: string): Finding {
  return { status: 'fail', what, detail, advice };
}

type Check = () => Promise<readonly Finding[]>;

/** Runs a check. If its part does not answer, that is a finding too, and the other checks still run. */
export async function runCheck(what: string, advice: string, check: Check): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    const sentence = toFailure(error).sentence ?? 'no reason given';
    return [fail(what, sentence.replace(/^(PICS|The sync database): /, ''), advice)];
  }
}

const colours = { ok: '\u001b[32m', warn: '\u001b[33m', fail: '\u001b[31m' } as const;

/** One line each, and below it what to do. */
export function showFindings(io: Io, options: CommonOptions, findings: readonly Finding[]): void {
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
