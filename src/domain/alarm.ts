/**
 * Something went past without being carried over, and no later look of the program can show whether that has been made
 * good. It stays open until a person acknowledges it (G-11).
 *
 * | kind | it means | `code` |
 * | --- | --- | --- |
 * | `dead-letter` | records of a topic cannot be read; their places are in the dead letters | the reason |
 * | `retention-loss` | records were deleted before a group had read them | the group |
 * | `unreadable-table` | events of a table are read by their key alone, since the rest of them cannot be read | the reason |
 * | `refused-answer` | PICS took no answer of a command, so its row does not show that it has ended | the database's code |
 * | `future-stamp` | observations carried a time that was still to come | the entity |
 */
export type AlarmKind =
  | 'dead-letter'
  | 'retention-loss'
  | 'unreadable-table'
  | 'refused-answer'
  | 'future-stamp';

export type Alarm = {
  readonly kind: AlarmKind;
  /** The topic. */
  readonly about: string;
  readonly code: string;
  /** Where it was met last: `topic/partition/offset`, or the id of a command. No personal data. */
  readonly place: string;
};

/** One for each kind, topic and code, however often it was raised. */
export type OpenAlarm = Alarm & {
  readonly id: string;
  /** How often it was raised. A record that is read again after a restart counts again. */
  readonly count: number;
  readonly sinceMs: number;
  readonly lastAtMs: number;
};

/** Which open alarms a person means. */
export type AlarmChoice = { readonly ids: readonly string[] } | 'all';
