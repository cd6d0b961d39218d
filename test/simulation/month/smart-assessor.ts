import type { ApiAnswer } from '../../../simulators/common/in-process.ts';
import type { CallEntry } from '../../../simulators/smart-assessor/history.ts';
import {
  createInProcessSmartAssessor,
  type InProcessSmartAssessor,
} from '../../../simulators/smart-assessor/in-process.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Connect } from '../../../src/vendors/smart-assessor/client/transport.ts';
import { control } from '../../memory/door.ts';
import type { createRandom } from '../../support/random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import type { Line } from './line.ts';

/** Where the links of the month's site are kept. */
export const atSite = { vendor: 'smartassessor', centre: 'main' } as const;

/** A record as the control door shows it: names of REST, groups nested. */
export type SiteRow = Readonly<Record<string, Json>>;
export type SiteKind = 'employers' | 'assessors' | 'courses' | 'learners' | 'learnerCourses' | 'sessions';

export type Attendance = {
  readonly learnerId: string;
  readonly courseIds: readonly string[];
  readonly status: string;
};

/**
 * Smart Assessor in the month: the simulator in process, which people use through its control door and the product's own
 * client through a line that is slow, cut and throttled. What the sync wrote is in the simulator's own history.
 */
export class SmartAssessorSite {
  /** Ids of records that people deleted. */
  readonly deleted = new Set<string>();
  /** Courses that were not active for a while. */
  readonly wereInactive = new Set<string>();
  readonly #simulator: InProcessSmartAssessor;
  readonly #clock: VirtualClock;

  /** `ignored`: fields of learners whose updates this site drops in silence (Q6). */
  constructor(clock: VirtualClock, ignored: readonly string[]) {
    this.#clock = clock;
    this.#simulator = createInProcessSmartAssessor({ nowMs: clock.nowMs });
    control(this.#simulator, 'PATCH', '/switches', {
      'ignored-learner-fields': ignored.length === 0 ? 'none' : ignored.join(','),
      'smart-coach': 'on',
    });
  }

  load(records: Partial<Record<SiteKind, readonly object[]>>): void {
    this.#simulator.load(records);
  }

  rows(kind: SiteKind): readonly SiteRow[] {
    return this.#simulator.control('GET', `/records/${kind}`).body as unknown as readonly SiteRow[];
  }

  find(kind: SiteKind, id: string): SiteRow | undefined {
    const reply = this.#simulator.control('GET', `/records/${kind}/${encodeURIComponent(id)}`);
    return reply.status === 200 ? (reply.body as unknown as SiteRow) : undefined;
  }

  coursesOf(learnerId: string): readonly SiteRow[] {
    return this.rows('learnerCourses').filter((row) => row['learnerId'] === learnerId);
  }

  /** Sessions that a learner has, each with the learner's own attendance. */
  sessionsOf(learnerId: string): readonly { readonly session: SiteRow; readonly own: Attendance }[] {
    return this.rows('sessions').flatMap((session) => {
      const own = attendancesOf(session).find((one) => one.learnerId === learnerId);
      return own === undefined ? [] : [{ session, own }];
    });
  }

  /** What a person does in the vendor's screens. Null when one of its rules stands against it. */
  act(path: string, body: JsonObject = {}): SiteRow | null {
    const reply = this.#simulator.control('POST', `/act/${path}`, body);
    if (reply.status === 409) return null;
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body as unknown as SiteRow;
  }

  remove(path: string, id: string): void {
    if (this.act(`${path}/${id}/delete`) !== null) this.deleted.add(id);
  }

  /** Calls of the sync that changed something, in order. */
  get writes(): readonly CallEntry[] {
    return this.#simulator
      .calls()
      .filter(({ applied, operation }) => applied && !operation.startsWith('POST token'));
  }

  /** Sign-in mails: by learner. */
  get mailed(): readonly string[] {
    const mails = this.#simulator.control('GET', '/outbox').body as unknown as readonly SiteRow[];
    return mails.map(({ learnerId }) => String(learnerId));
  }

  /**
   * A process's way to the site. What the line does to a call is decided when it leaves. Work that is done late is done
   * although the client has long given up.
   */
  connect(line: Line, random: ReturnType<typeof createRandom>): Connect {
    const clock = this.#clock;
    return () => ({
      send: async ({ method, path, headers, body, timeoutMs }) => {
        const passage = line.pass();
        await line.travel();
        if (passage === 'refused') return { kind: 'unsent', cause: 'refused', detail: 'ECONNREFUSED' };
        if (passage === 'cut-before-done') return { kind: 'lost', cause: 'cut', detail: 'ECONNRESET' };
        if (passage === 'throttled')
          return {
            kind: 'answer',
            status: 429,
            headers: { 'retry-after': `${1 + random.below(20)}` },
            body: '',
          };
        if (passage === 'down') return { kind: 'answer', status: 503, headers: {}, body: '' };
        const work = (): ApiAnswer => this.#simulator.send({ method, path, headers, body });
        if (passage === 'done-late') {
          // The work ends before or after the client gives up, and at twice that time at the latest.
          void clock.sleep(random.below(2 * timeoutMs)).then(work);
          await clock.sleep(random.chance() < 0.5 ? timeoutMs : random.below(timeoutMs));
          return { kind: 'lost', cause: 'timeout', detail: 'TIMEOUT' };
        }
        const answer = work();
        await line.travel();
        if (passage === 'done-then-cut' || answer.kind === 'cut')
          return { kind: 'lost', cause: 'cut', detail: 'ECONNRESET' };
        return { kind: 'answer', status: answer.status, headers: answer.headers, body: answer.body };
      },
      close: async () => {},
    });
  }
}

export function attendancesOf(session: SiteRow): readonly Attendance[] {
  return (session['learners'] ?? []) as unknown as readonly Attendance[];
}
