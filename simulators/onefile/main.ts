import { runProgram } from '../common/program.ts';
import { readSettings } from './settings.ts';
import { startSimulator } from './simulator.ts';

const HELP = `A stand-in for the OneFile Eportfolio REST API v2.1, for tests and the demo. State lives in memory.

Usage: node simulators/onefile/main.ts [--help]

Settings (environment):
  ONEFILE_SIM_PORT    port on the loopback; 0 takes a free one (4010)
  ONEFILE_SIM_HOST    address to listen on (127.0.0.1)
  ONEFILE_SIM_SEED    number the invented records grow from (1)
  ONEFILE_SIM_SIZE    empty, small, medium or large (small)
  ONEFILE_SIM_AS_OF   the day the records are built around (2026-01-15T09:00:00Z)

API base: /api/v2.1, customer token sim-customer-1. Control door: /_control.
`;

await runProgram({
  title: 'OneFile simulator',
  help: HELP,
  portSetting: 'ONEFILE_SIM_PORT',
  readSettings,
  start: startSimulator,
});
