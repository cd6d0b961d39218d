import { exitCodes } from './fault.ts';

type SignalSource = {
  on(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
};

/**
 * Turns SIGTERM and SIGINT into one abort signal.
 *
 * The first asks everything to finish what it holds and end; the second ends the process at once.
 */
export function createStop({
  source = process,
  endAtOnce = () => process.exit(exitCodes.stoppedAtOnce),
}: {
  source?: SignalSource;
  endAtOnce?: () => void;
} = {}): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) endAtOnce();
    else controller.abort();
  };
  source.on('SIGTERM', listener);
  source.on('SIGINT', listener);
  return {
    signal: controller.signal,
    release() {
      source.off('SIGTERM', listener);
      source.off('SIGINT', listener);
    },
  };
}
