const weights = [10, 9, 8, 7, 6, 5, 4, 3, 2] as const;

/** ten digits whose last one is right. 9999999999 stands for "not known" and fails like a wrong one. */
export function isUln(value: string): boolean {
  if (!/^[1-9]\d{9}$/.test(value)) return false;
  const rest = weights.reduce((sum, weight, place) => sum + weight * Number(value[place]), 0) % 11;
  return 10 - rest === Number(value[9]); // without a rest no digit fits: such numbers are not given out
}

/** The number if it may be sent and compared, else null. */
export function toUln(value: string | null): string | null {
  const text = value?.trim() ?? '';
  return isUln(text) ? text : null;
}
