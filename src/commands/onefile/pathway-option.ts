import { usageFault } from '../../base/fault.ts';

/** OF-12: one more `--pathway reference=standard` beside those given before. */
export function toPathways(text: string, known: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.lastIndexOf('=');
  const [reference, standard] = [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1).trim()];
  if (reference === '' || standard === '')
    throw usageFault(
      `--pathway is a reference and the id of a standard, such as ST0096AS=4711, not "${text}".`,
    );
  return { ...known, [reference]: standard };
}
