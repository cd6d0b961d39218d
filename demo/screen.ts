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
