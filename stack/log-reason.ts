import { readFileSync } from 'node:fs';

/** One sentence on a part that ended by itself. */
export function toDeathSentence(part: string, ending: string, logFile: string): string {
  const reason = findReason(readTail(logFile));
  return `${part} ended at its start (${ending})${reason ? `: ${reason}` : ''}. See ${logFile}.`;
}

/** One sentence on a part whose data folder could not be made. */
export function toPreparationSentence(part: string, logFile: string): string {
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

/** What programs say about a cause, most telling first. */
const tellingLines = [
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

/** The line that says why, without its time and place in the program; the last line when none does. */
export function findReason(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  for (const telling of tellingLines) {
    const line = lines.findLast((candidate) => telling.test(candidate));
    if (line) return shorten(line);
  }
  return shorten(lines.at(-1) ?? '');
}

function shorten(line: string): string {
  const text = line
    .replace(/^\d[\d\-:., TZ]*\s*(\[[^\]]*\])?\s*/, '')
    .replace(/^#\s+/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.:]+$/, '');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
