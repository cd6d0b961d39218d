/** Rules for every vendor by number, in one line: decisions (D), general rules (G) and assumptions (A). */
export const sharedRuleTitles: Readonly<Record<string, string>> = {
  'D-1': 'Before registration or certificate fields are sent they are read once more',
  'D-2':
    "Ids live in the sync's own link table; the one id column of officers and organisations belongs to one vendor",
  'D-3': 'An event only says that something changed: what to do is decided from a fresh read of both sides',
  'D-4': 'Changes flow on commit; the daily run is the safety net',
  'D-5': 'Everything read at a vendor is published, and only the reconciler writes it into PICS',
  'D-6':
    'Each full run links officers and organisations by the id in PICS, else by their code; downloads find their officer',
  'D-7': 'An id that two records of PICS claim links neither, until one of them is corrected',
  'D-8': 'Officers may share an assessor; a download names the live one, else the one linked first',
  'D-9': 'A link follows its record when it is re-typed or re-added, and lets go when the record is gone',
  'D-10':
    'The aim in progress and the open qualification come first; a link moves to the open counterpart when it appears',
  'D-11':
    'A value that we sent into a blank field may be corrected in PICS until the next full synchronisation, while OneFile still shows it',
  'D-12':
    'A review that is moved in PICS stays moved: the proposed time follows OneFile only when OneFile has changed it',
  'D-16':
    'A field is given up slowly, by its name on the wire, and never for reading; a value that was not kept is held with its record',
  'D-17':
    'A date that is none is blank or unreadable; an unreadable one is held alone, overwrites nothing and marks nothing attended',
  'D-13':
    'An id becomes a link only where the two records can be one person; a corrected id frees what went astray',
  'D-19':
    'Nothing is sent for a learner archived at the vendor; only refusals of different learners lead to a pause',
  'D-14': 'No account is created for an officer who has left; the first plan names everybody it would create',
  'D-15': 'A review whose id PICS shows anywhere is not inserted a second time',
  'D-20':
    'Small ones: case of MIS values, begun placements first, ids of other vendors, learners without details, numbers of new qualifications',
  'D-18': 'Polling between full runs leaves room: it takes a share of the calls that are left',
  'D-21': 'Lists may lie: deletions need two complete readings and, beyond a few, a person',
  'D-22':
    'A refusal because a value is in use names the record that has it, whatever its role, centre or archive state',
  'G-1': 'Null, empty and spaces are blank; texts are compared trimmed and composed',
  'G-2': 'One record here, one record there; a second claim is held, and a typed id counts once it was found',
  'G-3':
    'One thing after the other for a learner; an officer or organisation is created once, however many learners need it',
  'G-4': 'An older observation never undoes a newer one',
  'G-5': 'A create without an answer is looked for first, never simply repeated',
  'G-6': "The sync's own writes cause no call",
  'G-7': 'What needs a person is held and keeps nothing else waiting',
  'G-8':
    'A vendor that is off is not called and nothing of it is applied; on again, a full run makes up for it',
  'G-9':
    'Nothing is repeated without end: what fails for one record while others are answered is left out or held; an outage is when different records fail',
  'G-11':
    'Green means that nothing is missing: nothing buried or deleted unread, every table captured, no clock ahead, the daily run done, the log of PICS within bounds',
  'G-12':
    'Capture cannot be poisoned: no truncate, large row, foreign message, widened column or remade table stops the other tables',
  'G-10': 'Nothing is silent: every record is sent, equal, skipped by a named rule, or held',
  'A-1': 'Which reviews are uploaded',
  'A-2': 'What a qualification takes along at enrolment',
  'A-3': 'The proposed time follows OneFile',
  'A-4': 'A review deleted on one side leaves the other side alone',
  'A-5': 'An uploaded review edited in PICS is drift',
  'A-6': 'A changed main officer is sent by setting only',
  'A-7': 'A changed placement is sent by setting only',
  'A-8': 'A qualification that is added after enrolment is not sent',
  'A-9': 'An event type without a review type is held',
  'A-10': 'Leavers and breaks send nothing',
  'A-11': "The columns of a learner's ids",
  'A-12': 'Two vendors, one id column: the owner of the column is a setting',
  'A-13': 'Registration numbers have up to 50 characters, certificate dates no time',
  'A-14':
    'Times are London times in PICS: one that occurs twice is the first, one that does not exist is an hour later',
  'A-15': 'Registration numbers are compared with their case, e-mail addresses without',
  'A-16': 'Two thresholds make a risk band of a score',
  'A-17': 'Status letters count for the filter of the daily run alone',
  'A-18': 'OneFile never says that a review was not attended',
  'A-19': 'Merged or renumbered officers and organisations keep the one link there is; two are held',
  'A-20': 'Errors have codes and sentences of our own',
  'A-21': 'Any relationship of officer and learner can be that of the second assessor',
  'A-22': 'Ids of created records are written back',
  'A-23': 'Elements are whole numbers from 0 to the total; others are clamped',
  'A-24': 'By what a create without an answer is found',
  'A-25': "Of a learner with both vendors the elements come from the active portfolio's",
  'A-26': 'A review is new when it qualifies and has no id, whenever it was inserted',
  'A-27': 'Units exclude a qualification from the elements alone, by default',
  'A-28': 'Where element figures come from',
  'A-29': 'What an event says of attendance',
  'A-30': 'The actual time of a review is in London, cut to the minute',
  'A-31': 'What of an event a review takes over',
  'A-32': 'Which review type is Normal',
  'A-33': 'The current placement is the most recent one that is open today',
  'A-34': 'The ULN is never pulled',
  'A-35': 'Which aim belongs to which qualification',
  'A-36': 'The desktop synchronisation is known by its traces and by what the administrator says',
  'A-37': 'Fallbacks for what OneFile demands',
  'A-38': 'The PICS code goes along as MIS value',
  'A-39': 'The classroom comes from the main tag and is never created',
  'A-40': "An officer's e-mail address goes with the name where OneFile demands one",
  'A-41': 'What ended within the last month means',
  'A-42': 'Dates travel as midnight and are read as London dates',
  'A-43': 'The fields of each details mode',
  'A-44': 'References are compared in capitals, without blanks and slashes',
  'A-45': 'Several courses of one reference need a choice',
  'A-46': 'How learners are linked before the first synchronisation',
  'A-47': 'A ULN that fails its check digit is never sent and never used to match',
};
