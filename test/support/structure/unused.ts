import { findImports, isProduct, isTest, type Source } from './sources.ts';

const entries: readonly string[] = ['src/main.ts', 'src/cli/generate-docs.ts'];

/** Files of `src` that no other file imports, tests left out. */
export function findUnusedFiles(sources: readonly Source[]): string[] {
  const read = sources.filter(({ path }) => !isTest(path));
  const used = new Set(read.flatMap(findImports).map(({ to }) => to));
  return read
    .map(({ path }) => path)
    .filter((path) => isProduct(path) && !entries.includes(path) && !used.has(path));
}

/**
 * Exports of `src` that no other file imports, as `path#name`, tests left out.
 *
 * A name that is used in its own file alone needs no `export`; one that is used nowhere needs no line. What only tests
 * import counts as unused too, because a function can outlive its last caller behind a test that passes.
 */
export function findUnusedExports(sources: readonly Source[]): string[] {
  const imported = new Set(
    sources
      .filter(({ path }) => !isTest(path))
      .flatMap(findImports)
      .flatMap(({ to, names }) => names.map((name) => `${to}#${name}`)),
  );
  return sources
    .filter(({ path }) => isProduct(path))
    .flatMap(({ path, text }) => findExports(text).map((name) => ({ path, name })))
    .filter(({ path, name }) => !imported.has(`${path}#${name}`) && !imported.has(`${path}#*`))
    .map(({ path, name }) => `${path}#${name}`);
}

function findExports(text: string): string[] {
  const declared =
    /^export (?:declare )?(?:async )?(?:function\*?|const|let|(?:abstract )?class|type|interface) (\w+)/gm;
  return [...text.matchAll(declared)].map(([, name = '']) => name);
}
