const colours: Readonly<Record<string, string>> = {
  debug: '\u001b[2m',
  info: '\u001b[36m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};
const plain = '\u001b[0m';

/** One JSON log line as a person reads it: time of day, level, message, then the fields. */
export function formatLogLine(line: string): string {
  const { level, time, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const name = String(level);
  const clock = String(time).slice(11, 23);
  const rest = Object.entries(fields).map(([field, value]) => ` \u001b[2m${field}=${plain}${value}`);
  return `${clock} ${colours[name] ?? ''}${name.padEnd(5)}${plain} ${message}${rest.join('')}\n`;
}
