import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { SharedSettings } from '../../../src/vendors/vendor.ts';
import { control } from '../../memory/door.ts';
import { createMemorySmartAssessor, smartAssessorConfigured } from '../../memory/smart-assessor.ts';
import { toCallLine } from '../world/call-line.ts';
import type { OpenWorldVendor } from '../world/side.ts';
import { openWorld, type WorldPics } from '../world/world.ts';
import { smallSite } from './site.ts';

/** Smart Assessor in a world. */
export type SmartAssessorSetup = {
  /** Of its section of the configuration, where it differs from the defaults. */
  readonly settings?: object;
  /** What Smart Assessor holds; left out: the small site. */
  readonly records?: Json;
  readonly switches?: JsonObject;
};

/** Smart Assessor as a world takes it. */
export function smartAssessorVendor({
  settings,
  records,
  switches = {},
}: SmartAssessorSetup): OpenWorldVendor {
  return (clock) => {
    const { vendor, simulator } = createMemorySmartAssessor({
      clock,
      records: records ?? (smallSite as unknown as Json),
      switches,
    });
    const calls = () => simulator.calls().filter(({ operation }) => operation !== 'POST token');
    return {
      vendor,
      // The small site's session has a type that PICS knows.
      configured: smartAssessorConfigured({ reviewTypeMap: { 'Formal Review': 'F' }, ...settings }),
      confirmed: null,
      control: (method, path, body) => control(simulator, method, path, body),
      callLines: () =>
        calls().map(({ method, path, query, body }) =>
          toCallLine({ method, path: query === '' ? path : `${path}?${query}`, body }, /^\//),
        ),
      isWrite: (line) => !line.startsWith('GET '),
    };
  };
}

/** PICS and Smart Assessor in one process (`openWorld`). Its ids are those of PICS's columns unless `shared` says otherwise. */
export async function openSmartAssessorWorld({
  shared = {},
  ...setup
}: WorldPics & SmartAssessorSetup & { readonly shared?: Partial<SharedSettings> }) {
  const world = await openWorld([smartAssessorVendor(setup)], setup, {
    externalIdVendor: 'smartassessor',
    ...shared,
  });
  return { ...world, ...world.at('smartassessor') };
}

export type SmartAssessorWorld = Awaited<ReturnType<typeof openSmartAssessorWorld>>;
