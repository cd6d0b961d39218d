/** All people, firms and places are invented. */
export const FIRST_NAMES = [
  'Imogen',
  'Callum',
  'Priya',
  'Tomasz',
  'Nadia',
  'Ewan',
  'Beatrix',
  'Yusuf',
  'Rosalind',
  'Kofi',
  'Maeve',
  'Idris',
  'Saoirse',
  'Anton',
  'Leila',
  'Gareth',
  'Wren',
  'Dmitri',
  'Harriet',
  'Osian',
] as const;

export const LAST_NAMES = [
  'Tarrant',
  'Okonkwo-Bell',
  "O'Dwyer",
  'Pellow',
  'Marchbanks',
  'Quill',
  'Hathersage',
  'Lindqvist',
  'Brannock',
  'Sorley',
  'Venning',
  'Ashgrove',
  'Carrow',
  'Dunmore',
  'Eastlake',
  'Farrimond',
  'Gossage',
  'Illingford',
  'Jessamine',
  'Kestrel',
] as const;

export const FIRM_WORDS = [
  'Brindle',
  'Harrow',
  'Copperfield',
  'Larch',
  'Millstone',
  'Northbank',
  'Quarry',
  'Thistle',
] as const;

export const TRADES = [
  'Joinery',
  'Motors',
  'Care Home',
  'Bakery',
  'Logistics',
  'Dental',
  'Nursery',
  'Engineering',
] as const;

export const STREETS = [
  'Mill Row',
  'Canal Street',
  'Weaver Lane',
  'Station Approach',
  'Foundry Yard',
  'Chapel Hill',
] as const;

export const TOWNS = ['Oldham', 'Netherby', 'Wexcombe', 'Stannary', 'Holmewood', 'Pikesford'] as const;

export const CLASSROOM_NAMES = [
  'September intake',
  'January intake',
  'Day release',
  'Evening group',
  'Workplace group',
] as const;
