import { addDays } from './dates.ts';
import type { Episode } from './episode.ts';
import { drawOfficerNumber } from './officers.ts';
import { drawOrganisationNumber } from './organisations.ts';
import type { TrainoffRow, TrplaceRow, TrtagRow } from './rows.ts';
import { createStream, type Stream } from './stream.ts';
import { tagNames } from './words.ts';
import type { World } from './world.ts';

/** 0 to 3 placements, mean 1.2. The first is of type P, later ones begin after it. */
export function createPlacements(
  world: World,
  { ident, episode, organisationCount }: { ident: string; episode: Episode; organisationCount: number },
): TrplaceRow[] {
  const stream = createStream(world.inputs.seed, 'trplace', ident);
  const share = stream.next();
  const count = share < 0.2 ? 0 : share < 0.7 ? 1 : share < 0.9 ? 2 : 3;
  return Array.from({ length: count }, (_, index) => {
    const start = addDays(episode.start, index * stream.int(40, 110));
    const hasMoved = index < count - 1 && stream.isBelow(0.6);
    return {
      ident,
      seq: index + 1,
      place: world.organisation(drawOrganisationNumber(stream, organisationCount)).place,
      type: index === 0 ? 'P' : stream.pick(['P', 'P', 'W', 'D']),
      start: stream.isBelow(0.02) ? null : start,
      end: hasMoved ? addDays(start, 39) : episode.end,
    };
  });
}

/** 0 to 2 further officers, mean 0.6. */
export function createFurtherOfficers(world: World, ident: string, officerCount: number): TrainoffRow[] {
  const stream = createStream(world.inputs.seed, 'trainoff', ident);
  const count = drawFew(stream);
  const first = stream.int(0, 3);
  return ['ASR2', 'IQAV', 'FSKT', 'MENT', 'ASR2'].slice(first, first + count).map((reltype) => ({
    ident,
    reltype,
    code: world.officer(drawOfficerNumber(stream, officerCount)).code,
  }));
}

/** 0 to 2 tags, mean 0.6; mostly the first is the Main Tag. */
export function createTags(world: World, ident: string): TrtagRow[] {
  const stream = createStream(world.inputs.seed, 'trtag', ident);
  const count = drawFew(stream);
  const first = stream.int(0, tagNames.length - 2);
  return tagNames
    .slice(first, first + count)
    .map((tagname, index) => ({ ident, tagname, main: index === 0 && stream.isBelow(0.8) ? 'Y' : null }));
}

function drawFew(stream: Stream): number {
  const share = stream.next();
  return share < 0.55 ? 0 : share < 0.85 ? 1 : 2;
}
