// DES of one block (FIPS 46-3), for VNC authentication alone. Electron's TLS library does not offer it and a crypto
// library for eight bytes would be too much. Bit 1 of a block or key is the highest bit of its first byte.

const initialPermutation = [
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24,
  16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31,
  23, 15, 7,
];
const finalPermutation = [
  40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21,
  61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49,
  17, 57, 25,
];
const expansion = [
  32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17, 16, 17, 18, 19, 20, 21, 20, 21, 22,
  23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];
const roundPermutation = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
const keyChoice1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36, 63, 55,
  47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const keyChoice2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
  40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const shifts = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

/** The eight S-boxes, a hexadecimal digit an entry, four rows of sixteen. */
const substitutions = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
];

/** Encrypts 8 bytes with a key of 8 bytes; the lowest bit of each key byte counts for nothing. */
export function desEncrypt(key: Uint8Array, block: Uint8Array): Uint8Array {
  const roundKeys = schedule(toBits(key));
  const mixed = pick(toBits(block), initialPermutation);
  let left = mixed.slice(0, 32);
  let right = mixed.slice(32);
  for (const roundKey of roundKeys) {
    const turned = round(right, roundKey);
    const next = left.map((bit, i) => bit ^ (turned[i] as number));
    left = right;
    right = next;
  }
  return fromBits(pick([...right, ...left], finalPermutation));
}

function schedule(keyBits: number[]): number[][] {
  const chosen = pick(keyBits, keyChoice1);
  let low = chosen.slice(0, 28);
  let high = chosen.slice(28);
  return shifts.map((by) => {
    low = [...low.slice(by), ...low.slice(0, by)];
    high = [...high.slice(by), ...high.slice(0, by)];
    return pick([...low, ...high], keyChoice2);
  });
}

function round(half: number[], roundKey: number[]): number[] {
  const wide = pick(half, expansion).map((bit, i) => bit ^ (roundKey[i] as number));
  const narrow: number[] = [];
  substitutions.forEach((box, i) => {
    const [a, b, c, d, e, f] = wide.slice(i * 6, i * 6 + 6) as [number, number, number, number, number, number];
    const row = (a << 1) | f;
    const column = (b << 3) | (c << 2) | (d << 1) | e;
    const value = Number.parseInt(box.charAt(row * 16 + column), 16);
    narrow.push((value >> 3) & 1, (value >> 2) & 1, (value >> 1) & 1, value & 1);
  });
  return pick(narrow, roundPermutation);
}

function pick(bits: number[], table: readonly number[]): number[] {
  return table.map((position) => bits[position - 1] as number);
}

function toBits(bytes: Uint8Array): number[] {
  const bits: number[] = [];
  for (let i = 0; i < 64; i += 1) bits.push(((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1);
  return bits;
}

function fromBits(bits: number[]): Uint8Array {
  const bytes = new Uint8Array(8);
  bits.forEach((bit, i) => {
    bytes[i >> 3] = (bytes[i >> 3] as number) | (bit << (7 - (i & 7)));
  });
  return bytes;
}
