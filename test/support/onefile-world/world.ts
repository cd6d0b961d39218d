import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { control } from '../../memory/door.ts';
import { confirmedFor, createMemoryOneFile, oneFileRoleSettings } from '../../memory/onefile.ts';
import { isOfCentreReader, smallCentre } from '../onefile-client.ts';
import { toCallLine } from '../world/call-line.ts';
import type { OpenWorldVendor } from '../world/side.ts';
import { openWorld, type WorldPics } from '../world/world.ts';

/** OneFile in a world. */
export type OneFileSetup = {
  readonly settings?: Partial<OneFileSettings>;
  /** What OneFile holds; left out: the small centre. */
  readonly records?: Json;
  readonly switches?: JsonObject;
};

export type WorldSetup = WorldPics & OneFileSetup;

/** OneFile as a world takes it. */
export function oneFileVendor({ settings, records, switches = {} }: OneFileSetup): OpenWorldVendor {
  return (clock) => {
    const { vendor, simulator } = createMemoryOneFile({
      clock,
      records: records ?? (smallCentre as unknown as Json),
      switches,
    });
    const calls = () =>
      simulator
        .calls()
        .filter(({ route }) => route?.toLowerCase() !== 'authentication')
        .filter((call) => !isOfCentreReader(call));
    return {
      vendor,
      configured: oneFileRoleSettings(settings).vendors['onefile'] ?? { kind: 'faulty', faults: [] },
      confirmed: confirmedFor(settings?.centreId),
      control: (method, path, body) => control(simulator, method, path, body),
      callLines: () => calls().map((call) => toCallLine(call, /^\/?(api\/v2\.1\/)?/i)),
      isWrite,
    };
  };
}

/** PICS and OneFile in one process (`openWorld`). */
export async function openOneFileWorld(setup: WorldSetup) {
  const { shared } = oneFileRoleSettings(setup.settings);
  const world = await openWorld([oneFileVendor(setup)], setup, shared);
  return { ...world, ...world.at('onefile') };
}

export type OneFileWorld = Awaited<ReturnType<typeof openOneFileWorld>>;

function isWrite(line: string): boolean {
  return !line.startsWith('GET ') && !/^POST \w+\/Search\b/i.test(line);
}
