import type { ServerResponse } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../base/log.ts';
import type { Clock } from '../domain/ports.ts';
import type { Live } from './api.ts';
import { listShownRuns, type ReadPorts, readHome, readWaiting, toSummaries } from './reads.ts';

/*
 * The live stream: server-sent events with what has changed.
 *
 * One loop reads for all browsers, once a second, and only while there is one. It compares what it has read with what it
 * sent last and sends whole documents, so a browser that missed an event is right again after the next one; a browser that
 * joins gets everything at once. None of the documents holds a name. Of each browser it is asked every few seconds whether
 * its session is still there; the stream itself is no sign of the user, so a page that is left open ends as it should.
 */

type Watch = {
  readonly response: ServerResponse;
  readonly isSignedIn: () => Promise<boolean>;
};

type Documents = Pick<Live, 'home' | 'waiting' | 'runs'>;

const everyMs = 1_000;
const aliveEveryMs = 10_000;
const checkEveryMs = 3_000;

type LiveStream = {
  /** Sends until the browser leaves or its session ends. */
  join(watch: Watch): void;
  /** Ends every stream. */
  close(): void;
};

export function createLiveStream(
  ports: ReadPorts & { readonly clock: Pick<Clock, 'nowMs' | 'sleep'>; readonly log: Log },
): LiveStream {
  const { clock, log } = ports;
  const watches = new Set<Watch>();
  const end = new AbortController();
  let isRunning = false;
  let sent: Partial<Documents> = {};
  let awaySinceMs: number | null = null;

  const sendAll = <N extends keyof Live>(name: N, content: Live[N]): void => {
    for (const { response } of watches) send(response, name, content);
  };

  async function readAll(): Promise<void> {
    const listed = await listShownRuns(ports);
    const [home, waiting] = await Promise.all([readHome(ports, listed), readWaiting(ports)]);
    const runs = toSummaries(listed, ports.vendors);
    if (awaySinceMs !== null) sent = {};
    awaySinceMs = null;
    if (!isDeepStrictEqual(sent.home, home)) sendAll('home', home);
    if (!isDeepStrictEqual(sent.waiting, waiting)) sendAll('waiting', waiting);
    if (!isDeepStrictEqual(sent.runs, runs)) sendAll('runs', runs);
    sent = { home, waiting, runs };
  }

  async function endStrangers(): Promise<void> {
    for (const watch of watches) {
      if (await watch.isSignedIn()) continue;
      send(watch.response, 'ended', {});
      watches.delete(watch);
      watch.response.end();
    }
  }

  async function run(): Promise<void> {
    let [aliveAtMs, checkedAtMs] = [0, clock.nowMs()];
    while (watches.size > 0 && !end.signal.aborted) {
      try {
        await readAll();
        if (clock.nowMs() - checkedAtMs >= checkEveryMs) {
          await endStrangers();
          checkedAtMs = clock.nowMs();
        }
      } catch (error) {
        // A database that is away is no reason to end: the page says so and keeps what it showed.
        if (awaySinceMs === null) log.warn('what the page shows cannot be read at present', { error });
        awaySinceMs ??= clock.nowMs();
        sendAll('away', { sinceMs: awaySinceMs });
      }
      if (clock.nowMs() - aliveAtMs >= aliveEveryMs) {
        sendAll('alive', { atMs: clock.nowMs() });
        aliveAtMs = clock.nowMs();
      }
      await clock.sleep(everyMs, end.signal);
    }
  }

  function start(): void {
    if (isRunning || end.signal.aborted) return;
    isRunning = true;
    sent = {};
    void run().finally(() => {
      isRunning = false;
      if (watches.size > 0) start();
    });
  }

  return {
    join(watch) {
      watches.add(watch);
      watch.response.on('close', () => watches.delete(watch));
      for (const [name, content] of Object.entries(sent))
        send(watch.response, name as keyof Documents, content);
      if (awaySinceMs !== null) send(watch.response, 'away', { sinceMs: awaySinceMs });
      start();
    },
    close() {
      end.abort();
      for (const { response } of watches) response.end();
      watches.clear();
    },
  };
}

/** A browser that takes nothing is let go: it joins again, and gets everything. */
const mostUnreadBytes = 4_000_000;

function send<N extends keyof Live>(response: ServerResponse, name: N, content: Live[N]): void {
  if (response.writableLength > mostUnreadBytes) response.destroy();
  else if (!response.writableEnded) response.write(`event: ${name}\ndata: ${JSON.stringify(content)}\n\n`);
}
