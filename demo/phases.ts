import { type Screen, toSeconds } from './screen.ts';

/** One line for each phase of the preparation: while it runs on a terminal, and when it is done. */
export type Phases = {
  readonly run: <T>(title: string, work: (detail: (text: string) => void) => Promise<T>) => Promise<T>;
};

const titleWidth = 86;

export function createPhases(screen: Screen): Phases {
  return {
    run: async (title, work) => {
      const startedAtMs = performance.now();
      let detail = '';
      let shown = '';
      const draw = (): void => {
        if (!screen.isTerminal) return;
        const passed = toSeconds(performance.now() - startedAtMs);
        const text = `   … ${`${title}${detail === '' ? '' : `: ${detail}`}`.slice(0, titleWidth).padEnd(titleWidth)} ${passed.padStart(8)}`;
        if (text === shown) return;
        shown = text;
        screen.write(`\r${text}`);
      };
      const timer = setInterval(draw, 100);
      try {
        const result = await work((text) => {
          detail = text;
        });
        finish(screen, screen.green('✔'), title, performance.now() - startedAtMs);
        return result;
      } catch (error) {
        finish(screen, screen.red('✖'), title, performance.now() - startedAtMs);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

function finish(screen: Screen, mark: string, title: string, tookMs: number): void {
  const clear = screen.isTerminal ? '\r\x1b[2K' : '';
  screen.write(`${clear}   ${mark} ${title.padEnd(titleWidth)} ${toSeconds(tookMs).padStart(8)}\n`);
}
