import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';

export type Tool = {
  file: string;
  args: string[];
  logFile: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  signal?: AbortSignal;
};

/** Runs a program to its end, its words in a log file. The exit code, or why it could not be run. */
export async function runTool(
  tool: Tool,
): Promise<{ exitCode: number | null; error: NodeJS.ErrnoException | null }> {
  mkdirSync(path.dirname(tool.logFile), { recursive: true });
  const log = openSync(tool.logFile, 'w');
  try {
    return await new Promise((resolve) => {
      const { file, args, logFile: _, ...options } = tool;
      const child = spawn(file, args, { ...options, stdio: ['ignore', log, log] });
      child.once('error', (error) => {
        // One that runs and was told to end is waited for, so that nothing is left behind.
        if (child.pid === undefined) resolve({ exitCode: null, error });
      });
      child.once('exit', (exitCode) => resolve({ exitCode, error: null }));
    });
  } finally {
    closeSync(log);
  }
}
