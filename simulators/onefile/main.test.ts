import { expect } from 'vitest';
import { testProgram } from '../common/testing/program-cases.ts';

testProgram({
  main: new URL('main.ts', import.meta.url),
  prefix: 'ONEFILE_SIM',
  listening: /^OneFile simulator listening on (http:\/\/127\.0\.0\.1:\d+\/api\/v2\.1)\n$/,
  probe: async (url) => {
    const headers = { 'X-CustomerToken': 'sim-customer-1' };
    expect((await fetch(`${url}/Authentication`, { method: 'POST', headers })).status).toBe(200);
  },
  sizes: 'empty, small, medium, large',
  asOf: '2026-01-15T09:00:00Z',
  credential: 'sim-customer-1',
});
