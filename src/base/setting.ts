import { z } from 'zod';
import { Secret } from './secret.ts';

/** A switch. YAML has only true and false; on, off, yes and no arrive as text. */
export const onOff = z
  .union([z.boolean(), z.enum(['on', 'off', 'yes', 'no'])], { error: 'must be on or off' })
  .transform((value) => value === true || value === 'on' || value === 'yes')
  .meta({ shownAs: 'on, off' });

/** A secret setting. References are read before the schema runs, so the schema does no input or output. */
export const secretSetting = z
  .custom<Secret>((value) => value instanceof Secret, {
    error: ({ input }) =>
      input === undefined
        ? 'is missing'
        : 'must be a reference, { env: NAME } or { file: path }: a secret does not belong in this file',
  })
  .meta({ shownAs: 'secret: `{ env: NAME }` or `{ file: path }`' });

/** A time of day in London, `hh:mm`. */
export const timeOfDay = z
  .string({ error: 'must be a time of day, "hh:mm" in quotes' })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day, "hh:mm"' })
  .meta({ shownAs: 'hh:mm' });
