import type { Config } from '../config/config.ts';
import { messageOf } from '../domain/messages.ts';
import { describeSkew, measureSkew, readHttpDateMs } from '../ops/completeness.ts';
import { readVendorState } from '../store/vendor-state.ts';
import { allVendors } from '../vendors/all.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { withStore, withVendorContext } from './connections.ts';
import { type Finding, fail, ok, runCheck, warn } from './finding.ts';
import { fieldTexts } from './vendor/switch.ts';

/** Each vendor: settings, sign-in, centre. A handful of calls beside the budget of the roles. */
export async function checkVendors(config: Config): Promise<readonly Finding[]> {
  return (await Promise.all(allVendors.map((vendor) => checkVendor(config, vendor)))).flat();
}

function checkVendor(config: Config, vendor: Vendor): Promise<readonly Finding[]> {
  const { title, configName } = vendor;
  const see = `See the section ${configName}`;
  return runCheck(title, `${see}, and whether the connection is allowed.`, async () => {
    const section = config.vendors[configName];
    if (section === undefined) return [];
    if (section.kind === 'faulty')
      return section.faults.map(({ sentence }) =>
        fail(title, sentence, `Correct the section ${configName}.`),
      );
    if (section.kind === 'disabled')
      return [warn(title, 'it is not enabled', `Set ${configName}.enabled when the token is there.`)];
    return [
      ...(await testVendor(config, vendor)),
      ...(await checkState(config, vendor)),
      ...(await checkFields(config, vendor)),
      ...(await checkVendorClock(config, vendor)),
    ];
  });
}

/** G-8: settings alone enable nothing. */
async function checkState(config: Config, { name, title, configName }: Vendor): Promise<readonly Finding[]> {
  const { isEnabled } = await withStore(config, (db) => readVendorState(db, name));
  if (isEnabled) return [];
  return [warn(title, 'it is set up and not enabled', `Give "pics-sync ${configName} enable".`)];
}

/** D-16: fields that the centre does not keep, or may not keep, so that what is in them waits for a person. */
async function checkFields(config: Config, vendor: Vendor): Promise<readonly Finding[]> {
  const { lostFields } = await withVendorContext(config, vendor, (context) =>
    vendor.switching(context).readStatus(),
  );
  return lostFields.map((field) => {
    const [state, sentence] = fieldTexts(field);
    const advice = `Ask ${vendor.title} for the field, then run "${vendor.configName} forget-field ${field.field}".`;
    return warn(`${state}: ${vendor.title}`, sentence, advice);
  });
}

/** The vendor's clock, from the date of any answer. It has whole seconds. */
async function checkVendorClock(config: Config, vendor: Vendor): Promise<readonly Finding[]> {
  const { title } = vendor;
  const skewMs = await withVendorContext(config, vendor, (context) =>
    measureSkew(() => readHttpDateMs(vendor.switching(context).address), Date.now),
  ).catch(() => null);
  if (skewMs === null || Number.isNaN(skewMs)) return [];
  const skew = describeSkew(title, skewMs);
  const what = `clock: ${title}`;
  return [skew === null ? ok(what, 'the same time') : fail(what, skew, 'Set the clock right with NTP.')];
}

async function testVendor(config: Config, vendor: Vendor): Promise<readonly Finding[]> {
  const { name, title, configName } = vendor;
  const advice = `See the section ${configName}.`;
  const check = await withVendorContext(config, vendor, (context) =>
    vendor.switching(context).check({ forEnabling: true }),
  );
  const params = { vendor: name };
  switch (check.kind) {
    case 'settings-missing': {
      const settings = check.settings.join(', ');
      return [fail(title, messageOf('SETTINGS_MISSING', { ...params, settings }), advice)];
    }
    case 'unreachable':
      return [fail(title, messageOf('UNREACHABLE', { ...params, address: check.address }), advice)];
    case 'bad-sign-in':
      return [fail(title, messageOf('BAD_SIGN_IN', params), advice)];
    case 'centre-unknown': {
      const ids = { kind: 'centre', id: check.centreId };
      return [fail(title, messageOf('ID_NOT_FOUND', { ...params, ...ids }), advice)];
    }
    case 'connected': {
      const { centreId, centreCount, report } = check;
      if (centreId === null)
        return [fail(title, messageOf('MANY_CENTRES', { ...params, n: String(centreCount) }), advice)];
      const notes = Array.isArray(report['notes']) ? report['notes'].map(String) : [];
      return [
        ok(title, `${String(report['environment'])}, centre ${centreId}`),
        ...notes.map((note) => warn(title, note, advice)),
      ];
    }
  }
}
