/**
 * Every rule of the exchange with Smart Assessor by its number, in one line. Numbers never change: a rule that is
 * dropped keeps its number and says so.
 */
export const smartAssessorRuleTitles: Readonly<Record<string, string>> = {
  'SA-1':
    'Enabling needs user name, password, client key and address, kept as secrets; a closed port is told from a wrong password',
  'SA-2': 'A sign-in mail is asked for once per enrolment, where the setting says so and there is an address',
  'SA-3': 'The Student ID is the LRN, where the setting says so',
  'SA-4': 'The risk of a learner follows the Smart Coach score, where the setting says so',
  'SA-5': 'Details of a learner are left alone, pushed or pulled, as set',
  'SA-6': 'The gender takes part only by its own switch',
  'SA-7': 'A relationship of PICS names the second assessor; blank: none is sent',
  'SA-8': 'Details of an officer are left alone, pushed or pulled, as set',
  'SA-9': 'Each event type maps to a review type; an unmapped one is held and never guessed',
  'SA-10': 'Only the command enrols; a person who is linked under another ident is a possible duplicate',
  'SA-11': 'The preview shows name, e-mail address, start and each qualification with available or not',
  'SA-12': 'The fields a new learner gets at Smart Assessor, trimmed, blanks left out',
  'SA-13': 'Later changes of these fields are not sent',
  'SA-14':
    'A learner is enrolled on exactly the courses that are offered; one that is not active is held alone',
  'SA-15': 'The Main Officer is sent only with a Smart Assessor id, or created where the setting says so',
  'SA-16': 'The second assessor is sent as the Main Officer is',
  'SA-17': 'The employer comes from the current placement: by its link, created, or left out, as set',
  'SA-18': 'The id of a new learner is stored and copied to PICS; an empty id is a failure',
  'SA-20': 'An officer is linked by a look-up over all assessors, and used from the next enrolment on',
  'SA-21': 'A change of an id in either system is not carried to the other',
  'SA-22': 'A look-up needs the integration',
  'SA-23': 'Officers and employers are matched by ids alone, never by name or e-mail address',
  'SA-24': 'An organisation is linked by a look-up over all employers, whose ids are numbers',
  'SA-30': 'The daily run covers every linked learner',
  'SA-31': 'A refresh is the daily exchange of one learner, at once',
  'SA-32': 'Element counters take the progress at Smart Assessor unless units are attached',
  'SA-40': 'Reviews come down only',
  'SA-41': 'An event is matched by learner and event id alone, else inserted',
  'SA-42': 'What a downloaded event sets: id, type, attendance, dates, officer',
  'SA-50': 'Details of a learner that differ are exchanged as set; a value that is not kept is reported once',
  'SA-51': 'The ULN is never written into PICS',
  'SA-52': 'Gender goes along only as SA-6 says',
  'SA-53': 'Details of a linked officer that differ are exchanged as set',
  'SA-54': 'Details of an organisation are not exchanged',
  'SA-60': 'What is never sent',
};
