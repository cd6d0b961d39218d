import { addDays, timestampAt } from './dates.ts';
import {
  drawMobile,
  drawName,
  drawNiNumber,
  drawPhone,
  drawPostcode,
  drawUln,
  emailOf,
  learnerDomain,
} from './identifiers.ts';
import type { Episode } from './learner.ts';
import type { PctrndetRow, TraineeRow } from './rows.ts';
import { createStream, type Stream } from './stream.ts';
import { counties, streets, towns } from './words.ts';

interface TraineeOutline {
  ident: string;
  episode: Episode;
  mainOfficer: string;
  employer: string | null;
  asOf: string;
}

export function createTrainee(seed: number, parts: TraineeOutline): TraineeRow {
  const { ident, episode, asOf } = parts;
  const stream = createStream(seed, 'trainee', ident);
  const name = drawName(stream);
  const sex = drawSex(stream);
  return {
    ident,
    title: stream.isBelow(0.1) ? null : isMale(sex) ? '1' : stream.pick(['2', '3', '4']),
    firstname: name.first,
    surname: name.last,
    prefname: null,
    prevsurn: null,
    sex,
    birthdate: addDays(asOf, -stream.int(16 * 366, 52 * 365)),
    ninumber: drawNiNumber(stream),
    ...drawAddress(stream),
    phone: stream.isBelow(0.5) ? drawPhone(stream) : drawBlank(stream),
    mobile: stream.isBelow(0.9) ? drawMobile(stream) : drawBlank(stream),
    status: episode.state === 'ended' && stream.isBelow(0.7) ? stream.pick(['A', 'X']) : 'L',
    suspended: episode.state === 'break' ? 'Y' : stream.pick(['N', '', null]),
    group: stream.pick(['A', 'B', 'C', 'D']),
    subgrp: stream.pick(['1', '2', ' ']),
    scheme: stream.pick(['APP19', 'APP16', 'ADULT', 'LOANS']),
    site: stream.pick(['NORTH', 'SOUTH', 'REMOTE']),
    emp_ref: parts.employer,
    fundorg: stream.pick(['ESFA01', 'ESFA02', null]),
    main_off: parts.mainOfficer,
    tr_start: episode.start,
    tr_end: episode.end,
    notes: null,
    chg_on: timestampAt(addDays(asOf, -stream.int(1, 120)), stream.int(480, 1080)),
    chg_by: stream.pick(['ADMIN', 'IMPORT', 'SRV01']),
  };
}

export function createPctrndet(seed: number, trainee: TraineeRow): PctrndetRow {
  const { ident } = trainee;
  const stream = createStream(seed, 'pctrndet', ident);
  const name = { first: trainee.firstname, last: trainee.surname };
  return {
    ident,
    email: emailOf(name, ident, learnerDomain),
    miap_uln: drawUln(stream),
    lsc_ulin: `${stream.int(1, 9)}${stream.digits(stream.int(7, 11))}`,
    miap_fpn: stream.isBelow(0.9) ? '1' : '0',
    prov_id: `P-${ident}`,
    ethnic: stream.pick(['31', '32', '33', '34', '35', '39', '40', '41', '43', '44', '45', '47', '98', '99']),
    disab: stream.isBelow(0.8) ? '2' : stream.pick(['1', '9']),
    prim_lldd: stream.isBelow(0.85) ? null : stream.pick(['04', '05', '09', '10', '12', '14', '95']),
    eportype: null,
    other_sys_id: null,
    portfolio_id: null,
  };
}

/** Both forms of the code are stored: letters and, from older versions, digits. */
function drawSex(stream: Stream): string {
  const isDigit = stream.isBelow(0.2);
  return stream.isBelow(0.5) ? (isDigit ? '1' : 'M') : isDigit ? '2' : 'F';
}

function isMale(sex: string): boolean {
  return sex === 'M' || sex === '1';
}

/** The three forms of blank. */
function drawBlank(stream: Stream): string | null {
  return stream.pick([null, '', '  ']);
}

function drawAddress(
  stream: Stream,
): Pick<TraineeRow, 'addr1' | 'addr2' | 'addr3' | 'addr4' | 'addr5' | 'postcode'> {
  const hasFlat = stream.isBelow(0.15);
  const street = `${stream.int(1, 240)} ${stream.pick(streets)}`;
  const rest = [stream.pick(towns), stream.isBelow(0.4) ? stream.pick(counties) : null, null];
  const [addr1, addr2, addr3, addr4] = hasFlat
    ? [`Flat ${stream.int(1, 40)}`, street, ...rest]
    : [street, ...rest, null];
  return {
    addr1: addr1 ?? null,
    addr2: addr2 ?? null,
    addr3: addr3 ?? null,
    addr4: addr4 ?? null,
    addr5: null,
    postcode: drawPostcode(stream),
  };
}
