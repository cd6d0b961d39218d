import { styleText } from 'node:util';

/** What the demo writes on. Colour only where a person looks at it. */
export type Screen = {
  readonly isTerminal: boolean;
  readonly columns: () => number;
  readonly write: (text: string) => void;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
};

type Style = Parameters<typeof styleText>[0];

export function createScreen(stream: NodeJS.WriteStream): Screen {
  const isTerminal = stream.isTTY === true;
  const hasColour = isTerminal && !process.env['NO_COLOR'];
  const styled = (style: Style) => (text: string) =>
    hasColour ? styleText(style, text, { validateStream: false }) : text;
  return {
    isTerminal,
    columns: () => stream.columns || 80,
    write: (text) => void stream.write(text),
    bold: styled('bold'),
    dim: styled('dim'),
    green: styled('green'),
    red: styled('red'),
  };
}

export function toSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9_950 ? 2 : 1)} s`;
}

/** Breaks a text at blanks, so that no line is longer than `width`. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

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
