import type { JournalEntry } from '../../src/domain/ledger.ts';
import { toOwnerLane } from '../../src/domain/owner.ts';
import type { Store } from '../../src/domain/ports.ts';
import { endedStates, type Run, type RunItem } from '../../src/domain/run.ts';
import type { MemoryLedger } from './memory-ledger.ts';

type Lines = readonly (JournalEntry & { readonly ident?: string })[];

type HappenedLine = NonNullable<RunItem['happened']>[number];

/** What had happened when a run began. */
type Begin = { readonly atMs: number; readonly lineCount: number; readonly madeCount: number };

type KeptRun = Omit<Run, 'progress'> & {
  readonly request: string;
  readonly calls: number;
  readonly begin: Begin | null;
};

/** Runs and their items in memory; held to the same claims as the real ones. */
export class MemoryRuns {
  readonly #runs: KeptRun[] = [];
  readonly #items = new Map<number, Map<string, RunItem>>();
  readonly #ledger: MemoryLedger;
  readonly #lines: () => Lines;
  readonly #nowMs: () => number;

  constructor(ledger: MemoryLedger, lines: () => Lines, nowMs: () => number) {
    this.#ledger = ledger;
    this.#lines = lines;
    this.#nowMs = nowMs;
  }

  readonly group: Store['runs'] = {
    ask: async ({ vendor, centre, request, order, by, isApproved = false }) => {
      const known = this.#runs.find((run) => run.request === request);
      if (known !== undefined) return this.#show(known);
      const blank = {
        approvedBy: null,
        startedAtMs: null,
        endedAtMs: null,
        plan: null,
        code: null,
        params: {},
      };
      const asked = {
        vendor,
        centre,
        request,
        order,
        state: isApproved ? 'approved' : 'asked',
        askedBy: by,
        askedAtMs: this.#nowMs(),
      } as const;
      const run: KeptRun = { ...blank, ...asked, id: this.#runs.length + 1, calls: 0, begin: null };
      this.#runs.push(run);
      return this.#show(run);
    },
    read: async (id) => {
      const run = this.#runs.find((one) => one.id === id);
      return run === undefined ? null : this.#show(run);
    },
    readState: async (id) => this.#runs.find((one) => one.id === id)?.state ?? null,
    list: async (vendor, limit) =>
      this.#runs
        .filter((run) => vendor === null || run.vendor === vendor)
        .toReversed()
        .slice(0, limit)
        .map((run) => this.#show(run)),
    readNext: async (vendor) => {
      const own = this.#runs.filter((run) => run.vendor === vendor);
      const next =
        own.find(({ state }) => state === 'running') ??
        own.find(({ state }) => state === 'approved' || state === 'asked');
      return next === undefined ? null : this.#show(next);
    },
    move: async (id, { from, to }, { approvedBy, plan, code = null, params = {} }) => {
      const at = this.#runs.findIndex((run) => run.id === id);
      const run = this.#runs[at];
      if (run === undefined || !from.includes(run.state)) return null;
      const isBegun = to === 'running' && run.startedAtMs === null;
      const moved: KeptRun = {
        ...run,
        state: to,
        code,
        params,
        approvedBy: approvedBy ?? run.approvedBy,
        plan: plan === undefined ? run.plan : plan,
        startedAtMs: isBegun ? this.#nowMs() : run.startedAtMs,
        endedAtMs: endedStates.includes(to) ? this.#nowMs() : null,
        begin: isBegun ? this.#begin() : run.begin,
      };
      this.#runs[at] = moved;
      return this.#show(moved);
    },
    clearItems: async (id) => {
      this.#items.delete(id);
    },
    addItems: async (id, items) => {
      const kept = this.#items.get(id) ?? new Map<string, RunItem>();
      this.#items.set(id, kept);
      for (const { ident, planned } of items) {
        const blank = { state: 'planned', code: null, calls: 0, happened: null } as const;
        kept.set(ident, { ...(kept.get(ident) ?? blank), ident, planned });
      }
    },
    listItems: async (id, { state, onlyWithLines = false }, { afterIdent, limit }) =>
      [...(this.#items.get(id)?.values() ?? [])]
        .filter((item) => state === undefined || item.state === state)
        .filter((item) => !onlyWithLines || hasLines(item))
        .filter(({ ident }) => afterIdent === null || rank(ident) > rank(afterIdent))
        .toSorted((a, b) => (rank(a.ident) < rank(b.ident) ? -1 : 1))
        .slice(0, limit),
    endItem: async (id, { ident, state, code, calls }) => {
      const item = this.#items.get(id)?.get(ident);
      if (item === undefined) return;
      this.#items.get(id)?.set(ident, { ...item, state, code, calls: item.calls + calls });
      this.#addCalls(id, calls);
    },
    endItems: async (id) => {
      for (const [ident, item] of this.#items.get(id) ?? [])
        if (item.state === 'planned') this.#items.get(id)?.set(ident, { ...item, state: 'done' });
    },
    addCalls: async (id, calls) => this.#addCalls(id, calls),
    recordHappened: async (id) => {
      const run = this.#runs.find((one) => one.id === id);
      if (run?.begin === undefined || run.begin === null) return;
      const lines = this.#happened(run, run.begin);
      for (const [ident, item] of this.#items.get(id) ?? [])
        this.#items.get(id)?.set(ident, { ...item, happened: lines.get(ident) ?? [] });
    },
  };

  #addCalls(id: number, calls: number): void {
    const at = this.#runs.findIndex((run) => run.id === id);
    const run = this.#runs[at];
    if (run !== undefined) this.#runs[at] = { ...run, calls: run.calls + calls };
  }

  #begin(): Begin {
    return {
      atMs: this.#nowMs(),
      lineCount: this.#lines().length,
      madeCount: this.#ledger.linkTable.madeCount,
    };
  }

  #show({ request: _request, begin: _begin, calls, ...run }: KeptRun): Run {
    const items = [...(this.#items.get(run.id)?.values() ?? [])];
    const count = (state: RunItem['state']): number => items.filter((item) => item.state === state).length;
    return { ...run, progress: { items: items.length, done: count('done'), failed: count('failed'), calls } };
  }

  #happened({ vendor }: KeptRun, begin: Begin): ReadonlyMap<string, readonly HappenedLine[]> {
    const { intents, linkTable, held } = this.#ledger;
    const made = linkTable.madeSince(begin.madeCount);
    const created = new Set(made.filter(({ how }) => how === 'created').map((link) => link.vendorId));
    const all: (readonly [ident: string, line: HappenedLine])[] = [
      ...intents
        .filter((one) => one.vendor === vendor && one.startedAtMs >= begin.atMs)
        .flatMap(({ ident, effect, state, subject, step }) =>
          effect === 'read' || state !== 'done'
            ? []
            : [[ident, { does: effect, subject, code: step }] as const],
        ),
      ...this.#lines()
        .slice(begin.lineCount)
        .flatMap(({ ident = '', kind, subject, vendorId }) =>
          kind !== 'applied' || subject === null || created.has(vendorId ?? '')
            ? []
            : [[ident, { does: 'pull', subject, code: null }] as const],
        ),
      ...made
        .filter(({ how }) => how !== 'created')
        .map(({ kind, picsId, ident }) => {
          const lane =
            ident ?? toOwnerLane({ kind: kind === 'officer' ? kind : 'organisation', code: picsId });
          return [lane, { does: 'link', subject: `${kind}:${picsId}`, code: null }] as const;
        }),
      ...held
        .filter((one) => one.vendor === vendor)
        .map(({ ident, subject, code }) => [ident, { does: 'held', subject, code }] as const),
    ];
    const byIdent = Map.groupBy(all, ([ident]) => ident);
    return new Map(
      [...byIdent].map(([ident, some]) => {
        const lines = new Map(some.map(([, line]) => [JSON.stringify(line), line]));
        const key = ({ does, subject }: HappenedLine): string => `${does} ${subject}`;
        return [ident, [...lines.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1))];
      }),
    );
  }
}

function hasLines({ planned, happened, state }: RunItem): boolean {
  return planned.lines.length > 0 || (happened?.length ?? 0) > 0 || state === 'failed';
}

/** Officers and organisations first. */
function rank(ident: string): string {
  return `${ident.includes(':') ? 0 : 1} ${ident}`;
}
