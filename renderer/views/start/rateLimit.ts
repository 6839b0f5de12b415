const MOST_MIB = 100_000; // 100 GiB/s is faster than any of these links

/** KiB/s of a limit typed in MiB/s; undefined where none was typed or it is no number. */
export function limitKib(text: string): number | undefined {
  const mib = Number(text.trim().replace(',', '.'));
  if (text.trim() === '' || !(mib > 0) || mib > MOST_MIB) return undefined;
  return Math.max(1, Math.round(mib * 1024));
}

export function limitError(text: string): string | undefined {
  if (text.trim() === '' || limitKib(text) !== undefined) return undefined;
  return 'That is no rate. Type a number such as 100, or leave it empty.';
}
