import type { Argument, Command, Option } from 'commander';
import { usageFault } from '../base/fault.ts';
import { runKinds } from '../domain/run.ts';
import { vendorWords } from '../domain/vendor-name.ts';
import { roleNames } from '../roles/role.ts';
import type { Io } from './io.ts';

/*
 * Scripts that let a shell complete the command line. They are made from the tree of commands, so they know every
 * command and option of this version; a site makes them again after an upgrade. A script walks over the words before the
 * cursor and keeps the longest chain that is a command; what may follow stands in a table.
 */

const shells = ['bash', 'zsh'] as const;
type Shell = (typeof shells)[number];

export function addCompletionCommand(program: Command, io: Io): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .argument('<shell>', shells.join(' or '))
    .addHelpText(
      'after',
      '\nFor bash: source <(./pics-sync completion bash)\nFor zsh:  source <(./pics-sync completion zsh), after compinit',
    )
    .action((text: string) => {
      const shell = shells.find((one) => one === text);
      if (shell === undefined)
        throw usageFault(`There is no completion for "${text}". Known: ${shells.join(', ')}.`);
      io.write(scripts[shell](listPlaces(program)));
    });
}

/** A word that may follow, and what it is. */
type Candidate = { readonly word: string; readonly what: string };

/** What may follow a chain of commands such as `onefile link`; the program itself has the empty chain. */
type Place = {
  readonly chain: string;
  readonly candidates: readonly Candidate[];
  /** Options of the place whose value is a file, and those with another value, which cannot be completed. */
  readonly fileOptions: readonly string[];
  readonly valueOptions: readonly string[];
};

/** Values of arguments that are few and known. */
const argumentWords: Readonly<Record<string, readonly string[]>> = {
  roles: roleNames,
  vendor: Object.values(vendorWords),
  kind: runKinds,
  shell: shells,
};

function listPlaces(program: Command): readonly Place[] {
  const visit = (command: Command, chain: readonly string[]): Place[] => [
    placeOf(command, chain),
    ...command.commands.flatMap((inner) => visit(inner, [...chain, inner.name()])),
  ];
  return visit(program, []);
}

function placeOf(command: Command, chain: readonly string[]): Place {
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  const withValue = options.filter(({ required, optional }) => required || optional);
  const isFile = ({ flags }: Option): boolean => /<file>/.test(flags);
  const longs = (of: readonly Option[]): string[] => of.flatMap(({ long }) => long ?? []);
  return {
    chain: chain.join(' '),
    candidates: [
      ...command.commands.map((inner) => ({ word: inner.name(), what: inner.description() })),
      ...command.registeredArguments.flatMap(wordsOf),
      ...options.flatMap(({ long, description }) =>
        long == null ? [] : [{ word: long, what: description }],
      ),
    ],
    fileOptions: longs(withValue.filter(isFile)),
    valueOptions: longs(withValue.filter((option) => !isFile(option))),
  };
}

function wordsOf(argument: Argument): readonly Candidate[] {
  return (argumentWords[argument.name()] ?? []).map((word) => ({ word, what: argument.description }));
}

const scripts: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
};

/** In single quotes nothing of a shell means anything but the quote itself. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Branches of `case "$chain $word"` that make the chain longer. */
function chainPatterns(places: readonly Place[]): string {
  return places
    .filter(({ chain }) => chain !== '')
    .map(({ chain }) => `'${chain.includes(' ') ? chain : ` ${chain}`}'`)
    .join(' | ');
}

function optionPatterns(places: readonly Place[], of: 'fileOptions' | 'valueOptions'): string {
  return [...new Set(places.flatMap((place) => place[of]))].toSorted().join(' | ');
}

function bashScript(places: readonly Place[]): string {
  const tables = places.map(({ chain, candidates }) => {
    const words = candidates.map(({ word }) => word).join(' ');
    return `    '${chain}') candidates=${quote(words)} ;;\n`;
  });
  return `# bash completion of pics-sync; made by "pics-sync completion bash".
_pics_sync() {
  local current=\${COMP_WORDS[COMP_CWORD]} chain='' candidates='' index word
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "$chain $word" in
      ${chainPatterns(places)}) chain="\${chain:+$chain }$word" ;;
    esac
  done
  COMPREPLY=()
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
    ${optionPatterns(places, 'fileOptions')})
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    ${optionPatterns(places, 'valueOptions')}) return ;;
  esac
  case "$chain" in
${tables.join('')}  esac
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}
complete -o filenames -F _pics_sync pics-sync ./pics-sync
`;
}

function zshScript(places: readonly Place[]): string {
  const described = ({ word, what }: Candidate): string => quote(`${word.replaceAll(':', '\\:')}:${what}`);
  const tables = places.map(({ chain, candidates }) => {
    const lines = candidates.map((candidate) => `        ${described(candidate)}\n`);
    return `    '${chain}')\n      candidates=(\n${lines.join('')}      )\n      ;;\n`;
  });
  return `#compdef pics-sync
# zsh completion of pics-sync; made by "pics-sync completion zsh".
_pics_sync() {
  local chain='' word
  local -a candidates
  integer index
  for ((index = 2; index < CURRENT; index++)); do
    word=$words[index]
    case "$chain $word" in
      (${chainPatterns(places)}) chain="\${chain:+$chain }$word" ;;
    esac
  done
  case "$words[CURRENT - 1]" in
    (${optionPatterns(places, 'fileOptions')}) _files; return ;;
    (${optionPatterns(places, 'valueOptions')}) return ;;
  esac
  case "$chain" in
${tables.join('')}  esac
  _describe 'pics-sync' candidates
}
compdef _pics_sync pics-sync ./pics-sync
`;
}
