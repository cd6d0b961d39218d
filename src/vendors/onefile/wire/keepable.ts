/**
 * Text as every database keeps it: without NUL, and no half of a character.
 *
 * PostgreSQL refuses both, in text as in JSON. One such character in one record would otherwise stop everything that
 * is written together with it, again and again.
 */
export function toKeepable(text: string): string {
  const isKept = text.isWellFormed() && !text.includes('\0');
  return isKept ? text : text.replaceAll('\0', '').toWellFormed();
}
