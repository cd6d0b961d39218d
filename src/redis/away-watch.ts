export type AwayWatch = {
  /** As the call budget tells it: a reason when it falls back, null when the calls are shared again. */
  readonly fallback: (reason: string | null) => void;
  readonly close: () => void;
};

export type AwayWatchOptions = {
  /** How long Redis must stay away until that is told. */
  readonly afterMs?: number;
  /** Whether Redis answers at this moment. Without calls nobody else would notice that it does again. */
  readonly answers: () => Promise<boolean>;
  /** Told once when Redis has stayed away. */
  readonly onAway: () => void;
  /** Told only after `onAway`. */
  readonly onBack: () => void;
};

/** Tells hiccups from a Redis that is away: falling back is right for both, a line in the log only for the latter. */
export function createAwayWatch({ afterMs = 5_000, answers, onAway, onBack }: AwayWatchOptions): AwayWatch {
  let timer: NodeJS.Timeout | null = null;
  let isTold = false;

  function stop(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function wait(): void {
    const own = setTimeout(async () => {
      const isThere = await answers().catch(() => false);
      // Somebody has told us better meanwhile.
      if (timer !== own) return;
      if (isThere) return wait();
      timer = null;
      isTold = true;
      onAway();
    }, afterMs);
    own.unref();
    timer = own;
  }

  return {
    fallback: (reason) => {
      if (reason !== null) {
        if (timer === null && !isTold) wait();
        return;
      }
      stop();
      if (isTold) onBack();
      isTold = false;
    },
    close: stop,
  };
}
