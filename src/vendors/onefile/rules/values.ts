import { toInstantMs, toLondonTime } from '../../../domain/london.ts';
import { apostrophes, toText, withSingleBlanks } from '../../common/values.ts';

/**
 * The spellings under which names may stand elsewhere: as they are, with straight and with curly apostrophes. A
 * filter of the vendor finds only what is spelled alike. Most names have one spelling.
 */
export function spellingsOf<T extends Readonly<Record<string, string>>>(names: T): readonly T[] {
  const straight = (name: string): string => name.replace(apostrophes, "'");
  const plain = (name: string): string => withSingleBlanks(straight(name));
  const curly = (name: string): string => plain(name).replaceAll("'", '’');
  const spellings = new Map<string, T>();
  for (const spell of [(name: string) => name, straight, plain, curly]) {
    const spelled = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, spell(name)])) as T;
    spellings.set(JSON.stringify(spelled), spelled);
  }
  return [...spellings.values()];
}

/**
 * PICS keeps 50 characters of a registration number. A longer value would make the whole row fail.
 */
export function toRegistrationNumber(value: string | null): string | null {
  return toText(toText(value)?.slice(0, 50));
}

/** A wall time that does not exist is the same as the one an hour later that it stands for. */
export function isSameTime(londonTime: string, instantMs: number): boolean {
  const sameSecond =
    Math.floor((toInstantMs(londonTime) ?? Number.NaN) / 1000) === Math.floor(instantMs / 1000);
  return sameSecond || toLondonTime(instantMs) === londonTime;
}
