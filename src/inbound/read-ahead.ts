/**
 * Reads items one after the other and hands them on in their order, a few readings ahead of whoever takes them.
 *
 * One reading at a time would never use the calls there are at a vendor that takes longer over one than the budget's
 * own pace. A reading that fails is thrown when it is its turn; those begun after it are left to end by themselves.
 */
export async function* readAhead<T, R>(
  items: Iterable<T>,
  ahead: number,
  read: (item: T) => Promise<R>,
): AsyncGenerator<readonly [item: T, result: R]> {
  const begun: { readonly item: T; readonly result: Promise<R> }[] = [];
  for (const item of items) {
    const result = read(item);
    result.catch(() => {});
    begun.push({ item, result });
    if (begun.length < ahead) continue;
    const first = begun.shift();
    if (first !== undefined) yield [first.item, await first.result];
  }
  for (const { item, result } of begun) yield [item, await result];
}
