/** All people, firms and places are invented. */
export const GIVEN_NAMES = [
  'Amira',
  'Bryn',
  'Chidi',
  'Dilys',
  'Emeka',
  'Freya',
  'Gethin',
  'Hana',
  'Ivo',
  'Jaya',
  'Kit',
  'Lowri',
  'Mirela',
  'Nia',
  'Ottilie',
  'Piotr',
  'Rhoswen',
  'Stefan',
  'Tamsin',
  'Zoë',
] as const;

export const FAMILY_NAMES = [
  'Abernethy',
  'Bexley',
  "O'Shaughnessy",
  'Cwmdale',
  'Dovecote',
  'Eastbrook',
  'Fenwick-Low',
  'Garside',
  'Hollis',
  'Ingleby',
  'Jowett',
  'Kestle',
  'Lindale',
  'Müller',
  'Netherby',
  'Oakden',
  'Penhale',
  'Rookwood',
  'Sandiford',
  'Thackray',
] as const;

export const FIRM_WORDS = [
  'Ashdown',
  'Bluebell',
  'Chandler',
  'Fernhill',
  'Kingfisher',
  'Marlpit',
  'Orchard',
  'Sandstone',
] as const;
export const TRADES = [
  'Care Homes',
  'Electrical',
  'Hospitality',
  'Logistics',
  'Nurseries',
  'Retail',
] as const;
export const STREETS = ['Mill Lane', 'High Street', 'Station Road', 'Church Walk', 'Park View'] as const;
export const TOWNS = ['Exampleton', 'Samplewick', 'Testbourne'] as const;

export interface CourseWord {
  readonly title: string;
  /** The first digits of the qualification's number; null for an apprenticeship standard. */
  readonly qan: string | null;
  readonly standard: string | null;
}

const qualification = (title: string, qan: string): CourseWord => ({ title, qan, standard: null });
const standard = (title: string, code: string): CourseWord => ({ title, qan: null, standard: code });

/** Twelve courses: the sixth is not active, the seventh and eighth have one number, the last two are standards. */
export const COURSES: readonly CourseWord[] = [
  qualification('Diploma in Care', '60112345'),
  qualification('Certificate in Customer Service', '60123456'),
  qualification('Diploma in Business Administration', '60134567'),
  qualification('Certificate in Team Leading', '60145678'),
  qualification('Diploma for the Early Years Workforce', '60156789'),
  qualification('Certificate in Retail Skills', '50067891'),
  qualification('Diploma in Electrotechnical Services (Installation)', '6016789X'),
  qualification('Diploma in Electrotechnical Services (Maintenance)', '6016789X'),
  qualification('Award in Functional Skills English', '60178912'),
  qualification('Award in Functional Skills Mathematics', '60189123'),
  standard('Adult Care Worker', '196'),
  standard('Team Leader or Supervisor', '105'),
];
