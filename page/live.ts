import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Live } from '../src/page/api.ts';
import { noteSessionEnd, read } from './client.ts';

/*
 * The live stream. What comes is put where the queries keep their answers, so every view that shows it changes. While there
 * is no stream the queries ask by themselves (`pollMs`), and the head of the page says since when what is shown is old.
 */

export type Line =
  | { readonly kind: 'joining' | 'live' }
  /** `lost`: no answer of the ops role. `away`: it answers, and cannot read what it shows. */
  | { readonly kind: 'lost' | 'away'; readonly sinceMs: number };

const silentForMs = 25_000;
const lookEveryMs = 1_000;
const joinAgainMs = 2_000;

/** How often a query asks by itself. */
export function pollMs(line: Line): number | false {
  return line.kind === 'live' ? false : 5_000;
}

/** Keeps a stream open while a person is signed in. */
export function useLive(isSignedIn: boolean): Line {
  const client = useQueryClient();
  const [line, setLine] = useState<Line>({ kind: 'joining' });
  useEffect(() => {
    if (!isSignedIn) return;
    let source: EventSource | null = null;
    let heardAtMs = Date.now();
    let join: number | undefined;
    const lose = (): void => {
      source?.close();
      source = null;
      setLine((now) => (now.kind === 'lost' ? now : { kind: 'lost', sinceMs: heardAtMs }));
      window.clearTimeout(join);
      // An answer without a session says so itself; a stream that is refused says nothing.
      join = window.setTimeout(
        () =>
          void read('/api/home')
            .catch(() => {})
            .then(open),
        joinAgainMs,
      );
    };
    const open = (): void => {
      if (document.hidden) return;
      source?.close();
      heardAtMs = Date.now();
      source = new EventSource('/api/live');
      const on = <N extends keyof Live>(name: N, take: (content: Live[N]) => void): void =>
        source?.addEventListener(name, (event) => {
          heardAtMs = Date.now();
          take(JSON.parse((event as MessageEvent<string>).data));
        });
      const fresh = (): void => setLine((now) => (now.kind === 'live' ? now : { kind: 'live' }));
      on('home', (home) => {
        fresh();
        client.setQueryData(['home'], home);
      });
      on('waiting', (groups) => {
        client.setQueryData(['waiting'], groups);
        void client.invalidateQueries({ queryKey: ['held'] });
      });
      on('runs', (runs) => {
        client.setQueryData(['runs'], runs);
        void client.invalidateQueries({ queryKey: ['run'] });
      });
      on('alive', () => {});
      on('away', ({ sinceMs }) => setLine({ kind: 'away', sinceMs }));
      on('ended', () => {
        source?.close();
        noteSessionEnd();
      });
      source.onerror = lose;
    };
    // Browsers keep few connections to one origin: tabs that are not looked at must not take them.
    const onShown = (): void => {
      window.clearTimeout(join);
      source?.close();
      source = null;
      if (!document.hidden) open();
    };
    document.addEventListener('visibilitychange', onShown);
    onShown();
    const watch = window.setInterval(() => {
      if (source !== null && Date.now() - heardAtMs > silentForMs) lose();
    }, lookEveryMs);
    return () => {
      document.removeEventListener('visibilitychange', onShown);
      window.clearInterval(watch);
      window.clearTimeout(join);
      source?.close();
    };
  }, [client, isSignedIn]);
  return line;
}

/** The time, once a second: ages on the page grow by themselves. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNowMs(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return nowMs;
}
