/** A number of bytes as people write it: `256K`, `4M`. `undefined` where nothing was given; throws a sentence. */
export function byteCount(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15})([kmg])?i?b?$/i.exec(text);
  const unit = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[(match?.[2] ?? '').toLowerCase()] ?? 1;
  const bytes = Number(match?.[1] ?? Number.NaN) * unit;
  if (bytes >= least && bytes <= most) return bytes;
  throw new Error(`'${name}' takes a number of bytes from ${least} to ${most}, such as 256K or 4M, not '${text}'.`);
}
