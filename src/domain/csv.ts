/**
 * Formats lines of comma-separated values (RFC 4180). A text that a spreadsheet would take for a formula begins with an
 * apostrophe: names and codes are typed by people.
 */
export function toCsv(lines: readonly (readonly (string | number | null)[])[]): string {
  const toCell = (value: string | number | null): string => {
    if (value === null || typeof value === 'number') return String(value ?? '');
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return lines.map((line) => `${line.map(toCell).join(',')}\r\n`).join('');
}
