/**
 * Ends this process as soon as the one that started it is gone, in whatever way.
 *
 * Loaded with `--import` before the program itself: the parent holds the other end of standard input.
 */
process.stdin.resume();
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'));
(process.stdin as unknown as { unref?: () => void }).unref?.();
