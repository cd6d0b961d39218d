/** Runs flows side by side, all or none: when one ends, the others are stopped too, and the first failure is told. */
export async function runTogether(
  flows: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  const failures: unknown[] = [];
  const run = async (flow: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    try {
      await flow(either);
    } catch (error) {
      failures.push(error);
    } finally {
      end.abort();
    }
  };
  await Promise.all(flows.map(run));
  if (failures.length > 0 && !signal.aborted) throw failures[0];
}
