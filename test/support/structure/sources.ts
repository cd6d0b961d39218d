import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A TypeScript file by its path from the root, with its text. */
export type Source = { readonly path: string; readonly text: string };

const root = path.resolve(import.meta.dirname, '../../..');

/** Every TypeScript source of the project; what is generated is left out. */
export function readSources(): Source[] {
  return globSync('{src,stack,simulators,schemas,monitoring,demo,test,page}/**/*.{ts,tsx}', { cwd: root })
    .filter((file) => !file.includes('/generated/') && !file.includes('node_modules'))
    .toSorted()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

export type Import = {
  /** The importing file. */
  readonly from: string;
  /** A path from the root for a file of ours, else the package's or built-in module's name. */
  readonly to: string;
  readonly isOurs: boolean;
  readonly isType: boolean;
  /** The imported names as the other file calls them; `*` for all. */
  readonly names: readonly string[];
};

/** Every import and re-export of a file. The formatter's layout is relied upon: statements begin at a line's start. */
export function findImports({ path: from, text }: Source): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(?<type>type\s+)?(?<names>[\w*{}\s,$]*?)\s*from\s+'(?<to>[^']+)'/gm,
  );
  const bare = text.matchAll(/^import\s+'(?<to>[^']+)'/gm);
  const dynamic = text.matchAll(/(?:\{(?<names>[\w\s,:]*)\}\s*=\s*await\s+)?\bimport\('(?<to>[^']+)'\)/g);
  return [...statements, ...bare, ...dynamic].map(({ groups = {} }) => {
    const specifier = groups['to'] ?? '';
    const isOurs = specifier.startsWith('.');
    const to = isOurs ? path.posix.join(path.posix.dirname(from), specifier) : toPackage(specifier);
    const isType = groups['type'] !== undefined;
    return { from, to, isOurs, isType, names: findNames(groups['names'] ?? '') };
  });
}

/** `{ a, type B, c as d }` → a, B, c. */
function findNames(list: string): string[] {
  if (list.includes('*')) return ['*'];
  const names = list.split(/[{},]/).map(
    (one) =>
      one
        .trim()
        .replace(/^type /, '')
        .split(/ as |:/)[0] ?? '',
  );
  return names.filter((name) => name !== '');
}

/** `@scope/name/inner` → `@scope/name`, `node:fs/promises` → `node:fs`. */
function toPackage(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

export function isTest(file: string): boolean {
  return file.startsWith('test/') || file.endsWith('.test.ts');
}

/** What runs at a site: a source of `src` that is no test. */
export function isProduct(file: string): boolean {
  return file.startsWith('src/') && !isTest(file);
}

/** Lines stay where they are. */
export function withoutComments(text: string): string {
  return text.replace(/^\s*\/?\*.*$/gm, '').replace(/(^|\s)\/\/.*$/gm, '');
}
