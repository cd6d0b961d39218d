import type { Clock, Pics, Store, Topics } from '../domain/ports.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import type { Engine } from '../engine/engine.ts';
import type { OpenVendor, Switching, Vendor } from '../vendors/vendor.ts';
import type { Handler } from './dispatch.ts';
import { type Command, refused, type Workplace } from './request.ts';
import { checkRefusal } from './switch.ts';

/*
 * D-20: the commands that prepare a first synchronisation. W-3 asks to link officers and organisations before it, so
 * looking up, linking and reading the list of qualifications cannot wait until the vendor works. While nothing was ever
 * exchanged with the centre they run as soon as the connection test passes, at a workplace of their own: the vendor is
 * opened for the one command, and no learner is looked at. After that, off is off (G-8).
 */

export const preparingCommands: readonly string[] = [
  'look-up',
  'link-officer',
  'link-organisation',
  'set-learner-id',
  'refresh-qualification-links',
];

type PreparePorts = {
  readonly vendor: Pick<Vendor, 'name'>;
  readonly switching: Switching;
  readonly isEnabled: () => Promise<boolean>;
  /** Null: its settings cannot be used. */
  readonly open: () => Promise<OpenVendor | null>;
  readonly pics: Pics;
  readonly store: Store;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly liveLetters: readonly string[];
  readonly signal: AbortSignal;
};

/** Nothing is exchanged yet: the first synchronisation brings what a link means. */
const restingEngine: Pick<Engine, 'submit'> = {
  submit: async () => ({ kind: 'settled', isLinked: true, calls: {}, holds: [] }),
};

/** A command that runs at the workplace of an enabled vendor, and before the vendor was ever enabled. */
export function handlerWhilePreparing(command: Command, atWork: Handler, ports: PreparePorts): Handler {
  return {
    runsDisabled: true,
    handle: async (request, begin) =>
      (await ports.isEnabled()) ? atWork.handle(request, begin) : prepare(command, { request, begin, ports }),
  };
}

async function prepare(
  command: Command,
  {
    request,
    begin,
    ports,
  }: {
    readonly request: CommandRequest;
    readonly begin: () => Promise<void>;
    readonly ports: PreparePorts;
  },
): Promise<Answer> {
  const { switching, pics, store, topics, clock, liveLetters, signal } = ports;
  const vendor = ports.vendor.name;
  if (!switching.isPreparing(await store.vendors.readState(vendor))) return refused('DISABLED', { vendor });
  if (!switching.isLicensed) return refused('NOT_LICENSED', { vendor });
  const check = await switching.check({ forEnabling: true });
  if (check.kind !== 'connected') return checkRefusal(vendor, check);
  if (check.centreId === null)
    return refused('MANY_CENTRES', { vendor, n: String(check.centreCount) }, check.report);
  const open = await ports.open();
  if (open === null) return refused('DISABLED', { vendor });
  const engine = restingEngine;
  const workplace: Workplace = { vendor: open, engine, pics, store, topics, clock, liveLetters, signal };
  try {
    return await command(request, begin, workplace);
  } finally {
    await open.close();
  }
}
