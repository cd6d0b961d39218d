/** `1 item`, `3 items`. */
export function toCountOf(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
