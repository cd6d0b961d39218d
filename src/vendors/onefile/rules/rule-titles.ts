/**
 * Every rule of the exchange with OneFile by its number, in one line.
 *
 * Numbers never change: a rule that is dropped keeps its number and says so. `docs/rules.md` is generated
 * from this list and from the places where code and tests name the numbers.
 */
export const oneFileRuleTitles: Readonly<Record<string, string>> = {
  'OF-1':
    'Enabling needs a licence and a customer token that fits its environment; the token is never shown again',
  'OF-2': 'The environment is live, beta or practice, or the simulator; anything else stops OneFile alone',
  'OF-3':
    'Status shows the connection, the modes and the last completed full synchronisation, which only a full run moves',
  'OF-4': 'Every setting exists and has its default',
  'OF-5': 'One centre: the chosen one, or the only one the token reaches; others are not read',
  'OF-6': 'Settings of the desktop interface change nothing here',
  'OF-7': 'While the desktop synchronisation may still be on, OneFile warns or stays off, as set',
  'OF-8': 'One routine for the daily run, a refresh, the first synchronisation and work on commit',
  'OF-9': 'The first synchronisation is planned and approved, then covers every linked learner once',
  'OF-10': 'Only the command enrols; an event never does',
  'OF-11': 'A person is never enrolled twice: OneFile is searched for the person before a learner is created',
  'OF-12': 'The preview lists qualifications, pathways and centres; the command carries the choices',
  'OF-13': 'The fields a new learner gets at OneFile, trimmed, blanks left out',
  'OF-14': 'Later changes of these fields are not sent',
  'OF-15': 'Each available qualification is assigned at enrolment; others are skipped and listed',
  'OF-16': 'Qualifications added or changed after enrolment are not sent',
  'OF-17': 'Units never cross, in either direction',
  'OF-18': 'What OneFile offers is kept as a list, rebuilt at once or not at all',
  'OF-19': 'Reviews that qualify are uploaded at enrolment',
  'OF-20': 'Officers named by an enrolment or a review are linked, matched or created with their name only',
  'OF-21': 'An officer named again is found by the link: one assessor',
  'OF-22':
    "The learner's placement at OneFile comes from the most recent placement of type P, else of any type",
  'OF-23': 'The created learner is linked at once; what fails afterwards is continued, never created again',
  'OF-24': 'An id set by hand is checked at OneFile, then used; cleared, the link goes',
  'OF-30': 'An officer is linked by a look-up over all assessors',
  'OF-31': 'Links follow no change at OneFile; a linked id that is gone is held',
  'OF-32':
    'Officers and organisations are matched by id, then by MIS value, never by name, before one is created',
  'OF-33': 'An organisation is linked by a look-up over all placements',
  'OF-34': 'The first enabling warns of officers and organisations without a link',
  'OF-35': 'With several centres, officers and organisations can be matched by MIS value instead of the id',
  'OF-36': 'Two assessors with one MIS value are refused with both names',
  'OF-40': 'The daily run covers every linked learner, or with the filter those live or ended within a month',
  'OF-41': 'A refresh is the daily exchange of one learner, at once and ahead of background work',
  'OF-42':
    'Registration number and date: blanks are filled from the other side, in a difference OneFile wins',
  'OF-43': 'Certificate applied-for date: as the registration fields',
  'OF-44':
    'Certificate received date: as the registration fields; no clearing and no edit of PICS outlasts them',
  'OF-45': "Element counters take OneFile's figures unless units are attached",
  'OF-46': 'After enrolment only the four fields, where blank there, and new reviews are sent',
  'OF-50': 'A new review is created at OneFile on commit, once, and its id comes back',
  'OF-51':
    'What an uploaded review says: one hour from the proposed time, by its officer or the main officer',
  'OF-52': 'Edits and deletions of an uploaded review are not sent; they show as drift or orphan',
  'OF-53': 'A review of OneFile is matched by its id alone, else inserted',
  'OF-54': "Attended and actual follow OneFile's review start",
  'OF-55': 'The officer of a downloaded review follows a linked assessor; no officer is created in PICS',
  'OF-56': "The learner's signature comes down when it is there",
  'OF-57': 'A review created by download gets the set type, or the Normal one',
  'OF-58': 'A downloaded review is never uploaded',
  'OF-70': 'Details of a learner are ignored, pushed or pulled, as set',
  'OF-71': 'Details of a linked officer are ignored, pushed or pulled, as set',
  'OF-72': 'Details of a linked organisation are ignored, pushed or pulled, as set',
  'OF-80': 'One budget of calls for each token over all processes; nothing is lost or repeated at the limit',
  'OF-81': 'What is never sent',
  'OF-82': 'A create without an answer is looked for by its PICS key first',
  'OF-83': "OneFile's routes and names live in one place, each uncertain one as a switch",
};
