import inspector from 'node:inspector';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/**
 * Records in which order files of the project begin to run.
 *
 * It uses the debugger of the running process: each place in the files where it could stop gets a breakpoint whose
 * condition notes the file and is always false, so that nothing stops. Only files that are loaded already are traced,
 * and what their modules did while they were loaded is not seen.
 */
export function traceFiles(files: readonly string[]): { stop(): readonly string[] } {
  const session = new inspector.Session();
  session.connect();
  const scripts = new Map<string, string[]>();
  session.on('Debugger.scriptParsed', ({ params: { url, scriptId } }) => {
    const file = files.find((one) => url.endsWith(path.join(root, one)));
    if (file !== undefined) scripts.set(file, [...(scripts.get(file) ?? []), scriptId]);
  });
  session.post('Debugger.enable');
  const seen: string[] = [];
  const noted = Symbol.for('files that ran');
  Reflect.set(globalThis, noted, (index: number) => {
    const file = files[index] ?? '';
    if (!seen.includes(file)) seen.push(file);
    return false;
  });
  for (const [file, ids] of scripts) {
    const condition = `globalThis[Symbol.for('files that ran')](${files.indexOf(file)})`;
    for (const scriptId of ids) {
      const start = { scriptId, lineNumber: 0, columnNumber: 0 };
      session.post('Debugger.getPossibleBreakpoints', { start }, (_error, answer) => {
        for (const location of answer?.locations ?? [])
          session.post('Debugger.setBreakpoint', { location, condition });
      });
    }
  }
  return {
    stop: () => {
      session.post('Debugger.disable');
      session.disconnect();
      Reflect.deleteProperty(globalThis, noted);
      return seen;
    },
  };
}
