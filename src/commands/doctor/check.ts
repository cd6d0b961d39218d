import { toFailure } from '../failure.ts';

/** What one look at one part gave. `advice` is empty when nothing is to be done. */
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

export type Check = () => Promise<readonly Finding[]>;

/** A part that does not answer is a finding like any other; the rest is looked at all the same. */
export async function runCheck(what: string, advice: string, check: Check): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    const sentence = toFailure(error).sentence ?? 'no reason given';
    return [fail(what, sentence.replace(/^(PICS|The sync database): /, ''), advice)];
  }
}
