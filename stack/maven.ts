/** Megabytes and files so far, from Maven's own lines. */
export function toFetchProgress(log: string): string {
  let kilobytes = 0;
  let files = 0;
  for (const [, amount, unit] of log.matchAll(/^.*Downloaded from .*\(([\d.]+) ([kM]?)B/gm)) {
    kilobytes += Number(amount) * (unit === 'M' ? 1000 : unit === 'k' ? 1 : 0.001);
    files += 1;
  }
  return files === 0 ? 'asking Maven' : `${files} files, ${Math.round(kilobytes / 1000)} MB`;
}

/** Why Maven failed, in one sentence. */
export function toDownloadSentence(log: string, logFile: string): string {
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
  return `The download failed: ${shorten(reason)}. ${see}`;
}

function shorten(reason: string): string {
  const text = reason
    .replace(/ -> \[Help.*$/, '')
    .replace(/\s+/g, ' ')
    .replace(/[.\s]+$/, '');
  return text.length > 220 ? `${text.slice(0, 220)}…` : text;
}
