import type { PartName } from './addresses.ts';
import type { ControlAnswer } from './control-server.ts';
import { StackFault } from './fault.ts';
import type { ControlAddress } from './state.ts';
import type { PartReport } from './supervisor.ts';

/** Stops and starts single parts of a running stack, from any process that knows its control address. */
export type PartControl = {
  status: () => Promise<PartReport[]>;
  /** Returns when the part answers again. */
  start: (part: PartName) => Promise<void>;
  /** Returns when the process is gone. */
  stop: (part: PartName) => Promise<void>;
  restart: (part: PartName) => Promise<void>;
  /** SIGKILL. Returns when the process is gone. */
  kill: (part: PartName) => Promise<void>;
};

export function createPartControl(address: ControlAddress): PartControl {
  const order = async (verb: string, part: PartName) => {
    await callControl(address, 'POST', `/parts/${part}/${verb}`);
  };
  return {
    status: () => callControl(address, 'GET', '/status'),
    start: (part) => order('start', part),
    stop: (part) => order('stop', part),
    restart: (part) => order('restart', part),
    kill: (part) => order('kill', part),
  };
}

export async function callControl(
  { url, token }: ControlAddress,
  method: 'GET' | 'POST',
  path: string,
): Promise<PartReport[]> {
  const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });
  const answer = (await response.json()) as ControlAnswer;
  if ('fault' in answer) throw new StackFault(answer.fault);
  return answer.parts;
}
