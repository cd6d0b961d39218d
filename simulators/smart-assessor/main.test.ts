import { expect } from 'vitest';
import { testProgram } from '../common/testing/program-cases.ts';
import { BASIC } from './testing/open-simulator.ts';

testProgram({
  main: new URL('main.ts', import.meta.url),
  prefix: 'SMART_ASSESSOR_SIM',
  listening: /^Smart Assessor simulator listening on (http:\/\/127\.0\.0\.1:\d+)\/api\/v1\n$/,
  // Both façades are served.
  probe: async (origin) => {
    expect((await fetch(`${origin}/api/v1/ping`, { headers: BASIC })).status).toBe(204);
    expect((await fetch(`${origin}/soap/g1`, { method: 'POST', body: '' })).status).toBe(415);
  },
  sizes: 'empty, small, large',
  asOf: '2026-03-02T09:00:00Z',
  credential: 'local-key',
});
