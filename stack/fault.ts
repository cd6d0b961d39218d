import { readFileSync } from 'node:fs';

/**
 * Something that a person can put right, in one sentence.
 *
 * The launcher prints the sentence and ends with 1; only a mistake of our own shows a stack trace.
 */
export class StackFault extends Error {
  override readonly name = 'StackFault';
  /** `absent`: this machine cannot run a stack. `failed`: it could, and something went wrong. */
  readonly kind: 'absent' | 'failed';
  constructor(sentence: string, kind: 'absent' | 'failed' = 'failed') {
    super(sentence);
    this.kind = kind;
  }
}

/** Turns what the operating system refused into a sentence. Anything else keeps its own message. */
export function sentenceOf(error: unknown): string {
  if (error instanceof StackFault) return error.message;
  const { code, path, message } = error as NodeJS.ErrnoException;
  const where = path ? ` (${path})` : '';
  if (code === 'ENOSPC') return `The disk is full${where}. Free some space and start again.`;
  if (code === 'EDQUOT') return `The disk quota is used up${where}. Free some space and start again.`;
  if (code === 'EROFS') return `The file system is read-only${where}.`;
  if (code === 'EACCES' || code === 'EPERM') return `Permission denied${where}.`;
  return message || String(error);
}

/** One sentence on a part that ended by itself. */
export function deathSentence(part: string, ending: string, logFile: string): string {
  const reason = findReason(readTail(logFile));
  return `${part} ended at its start (${ending})${reason ? `: ${reason}` : ''}. See ${logFile}.`;
}

/** One sentence on a part whose data folder could not be made. */
export function preparationSentence(part: string, logFile: string): string {
  const reason = findReason(readTail(logFile));
  return `${part} could not prepare its data folder${reason ? `: ${reason}` : ''}. See ${logFile}.`;
}

function readTail(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-64_000);
  } catch {
    return '';
  }
}

/** Lines in which programs name a cause, the most exact first. */
const causes = [
  /^#\s+(SIG[A-Z]+ |There is insufficient memory)/,
  /No space left on device/i,
  /Address already in use|Failed to bind|Could not create listen|already listening/i,
  /OutOfMemoryError|insufficient memory|Cannot allocate memory/i,
  /Caused by: (.*)/,
  /^[\w.$]+(Exception|Error): ./,
  /\b(FATAL|PANIC):? (.*)/,
  /\bERROR\b\s*:?\s*(.*)/,
  /(Exception[^\n]*)/,
];

/** The line that names the cause, without its time and its place in the program; else the last line. */
export function findReason(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  for (const cause of causes) {
    const line = lines.findLast((candidate) => cause.test(candidate));
    if (line) return shortenLog(line);
  }
  return shortenLog(lines.at(-1) ?? '');
}

function shortenLog(line: string): string {
  return cutOff(line.replace(/^\d[\d\-:., TZ]*\s*(\[[^\]]*\])?\s*/, '').replace(/^#\s+/, ''));
}

function cutOff(line: string): string {
  const text = line
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.:\s]+$/, '');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Megabytes and files so far, from Maven's own lines. */
export function fetchProgress(log: string): string {
  let kilobytes = 0;
  let files = 0;
  for (const [, amount, unit] of log.matchAll(/^.*Downloaded from .*\(([\d.]+) ([kM]?)B/gm)) {
    kilobytes += Number(amount) * (unit === 'M' ? 1000 : unit === 'k' ? 1 : 0.001);
    files += 1;
  }
  return files === 0 ? 'asking Maven' : `${files} files, ${Math.round(kilobytes / 1000)} MB`;
}

/** Why Maven failed, in one sentence. */
export function downloadSentence(log: string, logFile: string): string {
  const see = `See ${logFile}.`;
  if (/No space left on device/i.test(log)) return 'The disk is full. Free some space and start again.';
  if (/UnknownHost|Unknown host|Temporary failure in name resolution/i.test(log)) {
    return `The download failed: Maven's repository cannot be reached (its name does not resolve). ${see}`;
  }
  if (/Connection refused|Connect(ion)? timed out|Network is unreachable|No route to host/i.test(log)) {
    return `The download failed: Maven's repository cannot be reached. ${see}`;
  }
  if (/status code: 407|Proxy Authentication/i.test(log))
    return `The download failed: the proxy refuses. ${see}`;
  const reason = /^\[ERROR\] (.*)$/m.exec(log)?.[1] ?? 'Maven ended with an error';
  return `The download failed: ${cutOff(reason.replace(/ -> \[Help.*$/, ''))}. ${see}`;
}
