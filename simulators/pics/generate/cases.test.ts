import { describe, expect, test } from 'vitest';
import { createDataset } from './dataset.ts';
import { isUln } from './identifiers.ts';
import { createQualifications } from './world.ts';

describe.each([1, 2, 77, 2 ** 31 - 1])('seed %i', (seed) => {
  const dataset = createDataset({ seed, learners: 50 });
  const vendorSide = [...dataset.oneFile()];
  const officers = [...dataset.rows('officer')];
  const organisations = [...dataset.rows('placemnt')];

  function read(ident: number) {
    const { rows, vendor } = dataset.learner(ident - 10_000);
    return { ...rows, vendor, learner: rows.trainee[0]!, details: rows.pctrndet[0]! };
  }

  function readVendor(ident: number) {
    const user = vendorSide.find(({ record }) => record['MISID'] === String(ident))?.record;
    const of = (kind: string, owner: string) =>
      vendorSide
        .filter((entry) => entry.kind === kind && entry.record[owner] === user?.['ID'])
        .map(({ record }) => record);
    return { user, aims: of('aims', 'UserID'), reviews: of('reviews', 'LearnerID') };
  }

  /** OF-19: Normal, Attended and actual blank, proposed set, no OneFile id. */
  function toQualifying(ident: number) {
    return read(ident).itp_revu.filter(
      (row) =>
        row.type === 'N' && !row.attended?.trim() && !row.actual && row.proposed !== null && !row.onefile_id,
    );
  }

  test('the cases have the fixed idents, and ordinary learners follow from 20001', () => {
    const idents = [...dataset.rows('trainee')].map(({ ident }) => ident);
    expect(idents.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, index) => String(10_001 + index)));
    expect(idents.slice(30, 32)).toEqual(['20001', '20002']);
  });

  test('10001 is linked and has everything set', () => {
    const { learner, details, trqual, itp_revu, trplace, trtag, trainoff } = read(10001);
    const { user, aims, reviews } = readVendor(10001);
    expect(details).toMatchObject({ other_sys_id: String(user?.['ID']), eportype: 'O' });
    expect([learner.ninumber, learner.phone, learner.mobile, details.email]).not.toContain(null);
    expect(trqual.map((row) => row.regno && row.regdate)).not.toContain(null);
    expect(trqual[1]).toMatchObject({ certappl: expect.any(String), certrecd: expect.any(String) });
    expect([trplace.length, trtag.length, trainoff.length]).toEqual([1, 1, 1]);
    expect(reviews.map((review) => String(review['ID']))).toEqual(itp_revu.map((row) => row.onefile_id));
    expect(aims).toHaveLength(2);
  });

  test('10002 fills its columns, and one registration number begins with a space', () => {
    const { learner, details, trqual, trplace } = read(10002);
    expect(learner.firstname).toHaveLength(100);
    expect(learner.firstname.trim()).toHaveLength(100);
    expect(trplace[0]!.place).toHaveLength(8);
    expect(details.lsc_ulin).toHaveLength(12);
    expect(trqual[1]!.vqref).toHaveLength(10);
    expect(trqual.map(({ regno }) => regno?.length)).toEqual([11, 50]);
    expect(trqual[0]!.regno).toMatch(/^ \S/);
    expect(readVendor(10002).aims[0]!['RegistrationNumber']).toBe(trqual[0]!.regno?.trim());
  });

  test('10003 has the three forms of blank, at both sides', () => {
    const { trqual } = read(10003);
    expect(trqual.map(({ regno }) => regno)).toEqual([null, '', '   ']);
    expect(trqual.flatMap((row) => [row.regdate, row.certappl, row.certrecd]).filter(Boolean)).toEqual([]);
    const numbers = readVendor(10003).aims.map((aim) => aim['RegistrationNumber']);
    expect(numbers).toEqual([undefined, '', '   ']);
  });

  test('10004 is decomposed in PICS and composed at OneFile', () => {
    const { learner } = read(10004);
    const { user } = readVendor(10004);
    expect(user).toMatchObject({ FirstName: 'Siobhán', LastName: "O'Brien-D’Arcy" });
    expect(learner.firstname).not.toBe(user?.['FirstName']);
    expect(learner.firstname.normalize('NFC')).toBe(user?.['FirstName']);
  });

  test('10005 and 10006 are linked and ended 20 and 32 days ago', () => {
    expect([read(10005), read(10006)].map(({ learner }) => learner.tr_end)).toEqual([
      '2025-12-26',
      '2025-12-14',
    ]);
    expect([read(10005).vendor, read(10006).vendor]).toEqual(['onefile', 'onefile']);
  });

  test('10007 has status C, 10008 is on a break; both are linked and in learning', () => {
    expect(read(10007).learner).toMatchObject({ status: 'C', tr_end: null });
    expect(read(10008).learner).toMatchObject({ status: 'L', suspended: 'Y', tr_end: null });
    expect([read(10007).vendor, read(10008).vendor]).toEqual(['onefile', 'onefile']);
  });

  test('10009 and 10010 are one person, of whom only the ended episode is linked', () => {
    const [first, second] = [read(10009), read(10010)];
    for (const column of ['firstname', 'surname', 'birthdate', 'ninumber'] as const)
      expect(second.learner[column]).toBe(first.learner[column]);
    expect(second.details.miap_uln).toBe(first.details.miap_uln);
    expect([first.learner.tr_end !== null, first.vendor]).toEqual([true, 'onefile']);
    expect([second.learner.tr_end, second.vendor, second.details.other_sys_id]).toEqual([null, 'none', null]);
    expect(second.learner.tr_start! > first.learner.tr_end!).toBe(true);
  });

  test('10011 has units on one of two qualifications, and other elements at OneFile', () => {
    const { trqual, trunit } = read(10011);
    expect(trqual).toHaveLength(2);
    expect(new Set(trunit.map(({ vqref }) => vqref))).toEqual(new Set([trqual[0]!.vqref]));
    expect(trqual.map((row) => [row.tot_elem, row.done_elem])).toEqual([
      [20, 5],
      [20, 9],
    ]);
    expect(readVendor(10011).aims.map((aim) => aim['Progress'])).toEqual([62.5, 40]);
  });

  test('10012 has two placements of type P from the same day', () => {
    const { trplace } = read(10012);
    expect(trplace.map(({ type }) => type)).toEqual(['P', 'P']);
    expect(trplace[0]!.start).toBe(trplace[1]!.start);
    expect(trplace[0]!.place).not.toBe(trplace[1]!.place);
  });

  test('10013 has a P that ended last year and an open W elsewhere', () => {
    const { trplace } = read(10013);
    expect(trplace).toMatchObject([
      { type: 'P', end: '2025-06-30' },
      { type: 'W', end: null },
    ]);
  });

  test('10014 has no placement; that of 10015 is of an unknown organisation', () => {
    expect(read(10014).trplace).toEqual([]);
    const [placement] = read(10015).trplace;
    expect(organisations.map(({ place }) => place)).not.toContain(placement!.place);
  });

  test('10016 has one officer without an external id in every part', () => {
    const { learner, trqual, itp_revu } = read(10016);
    const officer = officers.find(({ code }) => code === learner.main_off);
    expect(officer).toMatchObject({ other_id: null, email: expect.any(String) });
    expect(trqual.map((row) => row.officer)).toEqual([officer?.code, officer?.code]);
    expect(itp_revu.map(({ initials }) => initials)).toEqual([officer?.code]);
    expect(toQualifying(10016)).toHaveLength(1);
    expect(vendorSide.map(({ record }) => record['MISID'])).not.toContain(officer?.code);
  });

  test('10017 has no Main Officer, and a review without officer that waits for its upload', () => {
    expect(read(10017).learner.main_off).toBeNull();
    expect(toQualifying(10017).map(({ initials }) => initials)).toEqual(['']);
  });

  test('10018 has a Main Officer code without an officer', () => {
    expect(officers.map(({ code }) => code)).not.toContain(read(10018).learner.main_off);
  });

  test('10019 has reviews at 01:30 on both change nights, 10020 one at 23:30', () => {
    expect(toQualifying(10019).map(({ proposed }) => proposed)).toEqual([
      '2026-03-29 01:30:00',
      '2026-10-25 01:30:00',
    ]);
    expect(toQualifying(10020).map(({ proposed }) => proposed)).toEqual(['2026-02-14 23:30:00']);
  });

  test('of the reviews of 10021 exactly one qualifies for upload', () => {
    const { itp_revu } = read(10021);
    expect(itp_revu.map(({ attended }) => attended?.trim() || null)).toEqual([
      null,
      'U',
      'N',
      'Y',
      null,
      null,
      null,
    ]);
    expect(itp_revu[4]!.actual! > '2026-01-15').toBe(true);
    expect(itp_revu[5]!.proposed).toBeNull();
    expect(itp_revu[6]!.type).toBe('C');
    expect(toQualifying(10021)).toEqual([itp_revu[0]]);
  });

  test('10022 takes one qualification twice, which is one aim at OneFile', () => {
    const { trqual } = read(10022);
    expect(trqual.map(({ vqref, seq, qend }) => [vqref, seq, qend !== null])).toEqual([
      ['196AS', 1, true],
      ['196AS', 2, false],
    ]);
    expect(readVendor(10022).aims).toHaveLength(1);
  });

  test('10023 has a qualification nobody knows and one that fits three standards', () => {
    const [unknown, ambiguous] = read(10023).trqual.map(({ vqref }) => vqref);
    const fitting = (code: string | undefined) =>
      vendorSide.filter(({ kind, record }) => kind === 'standards' && record['code'] === code).length;
    expect([fitting(unknown), fitting(ambiguous)]).toEqual([0, 3]);
    const common = createQualifications(seed).filter(({ vqref }) => fitting(vqref) === 1);
    expect(common).toHaveLength(58);
  });

  test('10024 has no e-mail', () => {
    expect(read(10024).details.email).toBeNull();
  });

  test('10025 is linked to both vendors, with OneFile as the active one', () => {
    expect(read(10025).details).toMatchObject({
      eportype: 'O',
      other_sys_id: '410025',
      portfolio_id: expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  test('10026 alone has no epidata row', () => {
    expect(read(10026).epidata).toEqual([]);
    expect([...dataset.rows('epidata')]).toHaveLength(49);
  });

  test('10027 has the "not known" values, 10028 a wrong check digit and five address lines', () => {
    expect(read(10027).details.miap_uln).toBe('9999999999');
    expect(read(10027).learner).toMatchObject({ ninumber: null, postcode: 'ZZ99 9ZZ' });
    const { details, learner } = read(10028);
    expect(details.miap_uln).toMatch(/^\d{10}$/);
    expect(isUln(details.miap_uln!)).toBe(false);
    expect([learner.addr1, learner.addr2, learner.addr3, learner.addr4, learner.addr5]).not.toContain(null);
  });

  test('10029 is a Smart Assessor learner with an open and an attended session', () => {
    const { details, itp_revu } = read(10029);
    expect(details).toMatchObject({ eportype: 'S', other_sys_id: null, portfolio_id: expect.any(String) });
    expect(itp_revu).toMatchObject([
      { attended: 'U', sa_event_id: expect.any(String) },
      { attended: 'Y', actual: expect.any(String) },
    ]);
  });

  test('10030 has 200 kB of notes on the learner and on a review', () => {
    const { learner, itp_revu } = read(10030);
    expect([learner.notes?.length, itp_revu[0]!.notes?.length]).toEqual([200_000, 200_000]);
    expect(learner.notes).not.toBe(itp_revu[0]!.notes);
  });

  test('two assessors share one MIS Value, one of them archived; neither officer is linked (OF-36)', () => {
    const byValue = vendorSide.filter(({ record }) => record['MISID'] === officers[1]!.code);
    expect(byValue.map(({ record }) => record['archived'] ?? false)).toEqual([false, true]);
    expect(officers.slice(1, 3).map(({ other_id }) => other_id)).toEqual([null, null]);
  });

  test('one officer has no e-mail (OF-20)', () => {
    expect(officers.filter(({ email }) => email === null)).toHaveLength(1);
  });

  test('two organisations have the same name and postcode; one is merged into another (A-19)', () => {
    const [, same, twin, merged, kept] = organisations;
    expect([twin!.name, twin!.postcode]).toEqual([same!.name, same!.postcode]);
    expect(twin!.place).not.toBe(same!.place);
    expect(merged).toMatchObject({ company: kept!.place, add_id: expect.any(String) });
    expect(kept!.add_id).toBeNull();
  });

  test('links can be laid otherwise by the inputs', () => {
    const linked = createDataset({ seed, learners: 50, links: { '10016': 'onefile', '10001': 'none' } });
    expect(linked.learner(16).rows.pctrndet[0]!.other_sys_id).toBe('410016');
    expect(linked.learner(1).rows.pctrndet[0]!.other_sys_id).toBeNull();
    expect(linked.learner(16).rows.itp_revu).toEqual(dataset.learner(16).rows.itp_revu);
  });
});
