import { runProgram } from '../common/program.ts';
import { readSettings } from './settings.ts';
import { startSimulator } from './simulator.ts';

const HELP = `A stand-in for Smart Assessor's partner interface, for tests and the demo. State lives in memory.
Its wire is assumed, not the vendor's: no public reference of that exists.

Usage: node simulators/smart-assessor/main.ts [--help]

Settings (environment):
  SMART_ASSESSOR_SIM_PORT    port on the loopback; 0 takes a free one (4020)
  SMART_ASSESSOR_SIM_HOST    address to listen on (127.0.0.1)
  SMART_ASSESSOR_SIM_SEED    number the invented records grow from (1)
  SMART_ASSESSOR_SIM_SIZE    empty, small or large (small)
  SMART_ASSESSOR_SIM_AS_OF   the day the records are built around; the clock stands there (2026-03-02T09:00:00Z)

REST at /api/v1: user api.smartassessor@provider.example, password local-password, client key local-key.
SOAP at /soap/g1: key local-key. Control door: /_control.
`;

await runProgram({
  title: 'Smart Assessor simulator',
  help: HELP,
  portSetting: 'SMART_ASSESSOR_SIM_PORT',
  readSettings,
  start: startSimulator,
});
