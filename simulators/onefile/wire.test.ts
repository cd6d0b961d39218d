import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDateMs } from '../common/instant.ts';
import { toWireDate } from './wire.ts';

const instants = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });

test('every form of date that is written can be read back to the second', () => {
  fc.assert(
    fc.property(instants, fc.constantFrom('iso-ms-z', 'iso-s-z', 'ticks', 'zoneless'), (instant, form) => {
      const readMs = parseDateMs(toWireDate(instant.toISOString(), form)) ?? Number.NaN;
      expect(Math.floor(readMs / 1000)).toBe(Math.floor(instant.getTime() / 1000));
    }),
  );
});
