import { isProduct, type Source, withoutComments } from './sources.ts';

/** Files outside the folders of vendors that name a vendor in code or texts; comments may name it as an example. */
export function findVendorNames(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => isProduct(path) && !/^src\/vendors\/(?!common\/)[\w-]+\//.test(path))
    .filter(({ text }) => /onefile|smart-?assessor/i.test(withoutComments(text)))
    .map(({ path }) => path);
}

/** Types that are named as a bag of loose functions. A port or a thing has a name of its own. */
export function findBags(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => isProduct(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:export )?(?:type|interface) (\w*(?:Parts|Effects))\b/gm)].map(
        ([, name]) => `${path}: ${name}`,
      ),
    );
}

/** Rule numbers of a vendor in `src/roles`, comments too: rules live with their vendor, roles only join. */
export function findRulesInRoles(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => isProduct(path) && path.startsWith('src/roles/'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:OF|SA)-\d+/g)].map(([number]) => `${path}: ${number}`),
    );
}
