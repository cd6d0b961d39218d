import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createProgram, runProgram } from './program.ts';

const scripts = { bash: '', zsh: '' };

function createSilentIo(write: (text: string) => void = () => {}) {
  const { signal } = new AbortController();
  return { env: {}, write, tell: write, isTerminal: false, signal };
}

async function run(argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const code = await runProgram(
    argv,
    createSilentIo((more) => {
      text += more;
    }),
  );
  return { code, text };
}

beforeAll(async () => {
  for (const shell of ['bash', 'zsh'] as const) {
    const { code, text } = await run(['completion', shell]);
    expect(code).toBe(0);
    scripts[shell] = text;
  }
});

/** Whether this machine has the shell. */
function has(shell: string): boolean {
  return spawnSync(shell, ['-c', ':']).status === 0;
}

/** What the shell offers behind these words, the last of which is begun. */
function complete(shell: 'bash' | 'zsh', words: readonly string[]): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'pics-sync-completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'settings.yaml'), '');
  const script = path.join(folder, 'script');
  writeFileSync(script, scripts[shell]);
  const list = words.map((word) => `'${word}'`).join(' ');
  const ask = {
    bash: `source ${script}; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _pics_sync; printf '%s\\n' "\${COMPREPLY[@]}"`,
    // The parts of zsh's own that the script uses, so that no terminal is needed.
    zsh: `compdef() { :; }; _files() { print -l -- *; }; _describe() { print -l -- \${(P)2%%:*}; }
source ${script}; words=(${list}); CURRENT=${words.length}; _pics_sync`,
  }[shell];
  const flags = shell === 'bash' ? ['--norc'] : ['-f'];
  const { stdout, stderr, status } = spawnSync(shell, [...flags, '-c', ask], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const begun = words.at(-1) ?? '';
  return stdout.split('\n').filter((line) => line !== '' && line.startsWith(begun));
}

describe.each(['bash', 'zsh'] as const)('%s', (shell) => {
  const isHere = has(shell);

  test.skipIf(!isHere).each<[string, readonly string[]]>([
    ['onefi', ['onefile']],
    ['onefile li', ['link']],
    ['onefile link ', ['officer', 'organisation', 'learner', '--help']],
    ['run out', ['outbound']],
    ['lag --w', ['--watch']],
    ['runs plan on', ['onefile']],
    ['runs plan onefile init', ['initial']],
    ['held retry --vendor ', []],
    ['lag --config set', ['settings.yaml']],
    ['lag --json --config set', ['settings.yaml']],
    ['completion ', ['bash', 'zsh', '--help']],
    ['nonsense ', [...new Set(['run', 'doctor'])]],
  ])('"pics-sync %s" is completed', (line, expected) => {
    const offered = complete(shell, ['pics-sync', ...line.split(' ')]);
    if (line === 'nonsense ') expect(offered).toEqual(expect.arrayContaining([...expected]));
    else expect(offered).toEqual(expected);
  });

  test('knows every command and every option of the program', () => {
    const visit = (command: Command, chain: readonly string[]): void => {
      const name = chain.join(' ');
      const branch =
        scripts[shell].split(`    '${name}') `)[1] ?? scripts[shell].split(`    '${name}')\n`)[1];
      const own = branch?.split(';;')[0] ?? '';
      for (const inner of command.commands) expect(own).toMatch(new RegExp(`\\b${inner.name()}\\b`));
      for (const { long } of command.options) expect(own).toContain(long);
      for (const inner of command.commands) visit(inner, [...chain, inner.name()]);
    };
    visit(createProgram(createSilentIo()), []);
  });
});

test('a shell that is not known is a usage error of one sentence', async () => {
  expect(await run(['completion', 'fish'])).toEqual({
    code: 2,
    text: 'There is no completion for "fish". Known: bash, zsh.\n',
  });
});
