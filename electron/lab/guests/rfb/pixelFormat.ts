/** How a viewer wants its pixels (RFB 3.8, PIXEL_FORMAT). */
export interface PixelFormat {
  readonly bytesPerPixel: 1 | 2 | 4;
  readonly depth: number;
  readonly isBigEndian: boolean;
  readonly isTrueColour: boolean;
  readonly redMax: number;
  readonly greenMax: number;
  readonly blueMax: number;
  readonly redShift: number;
  readonly greenShift: number;
  readonly blueShift: number;
}

/** 0xRRGGBB in 32 bits, little endian: what the frame holds, so nothing is to convert. */
export const nativeFormat: PixelFormat = {
  bytesPerPixel: 4,
  depth: 24,
  isBigEndian: false,
  isTrueColour: true,
  redMax: 255,
  greenMax: 255,
  blueMax: 255,
  redShift: 16,
  greenShift: 8,
  blueShift: 0,
};

/** What a viewer that wants a colour map is given: three bits of red and green, two of blue. */
export const colourMapFormat: PixelFormat = {
  ...nativeFormat,
  bytesPerPixel: 1,
  depth: 8,
  isTrueColour: false,
  redMax: 7,
  greenMax: 7,
  blueMax: 3,
  redShift: 5,
  greenShift: 2,
  blueShift: 0,
};

export const PIXEL_FORMAT_BYTES = 16;

export function encodePixelFormat(format: PixelFormat): Buffer {
  const bytes = Buffer.alloc(PIXEL_FORMAT_BYTES);
  bytes[0] = format.bytesPerPixel * 8;
  bytes[1] = format.depth;
  bytes[2] = format.isBigEndian ? 1 : 0;
  bytes[3] = format.isTrueColour ? 1 : 0;
  bytes.writeUInt16BE(format.redMax, 4);
  bytes.writeUInt16BE(format.greenMax, 6);
  bytes.writeUInt16BE(format.blueMax, 8);
  bytes[10] = format.redShift;
  bytes[11] = format.greenShift;
  bytes[12] = format.blueShift;
  return bytes;
}

/** Undefined when no pixel can be told in it. */
export function decodePixelFormat(bytes: Buffer): PixelFormat | undefined {
  const bits = bytes.readUInt8(0);
  if (bits !== 8 && bits !== 16 && bits !== 32) return undefined;
  if (bytes.readUInt8(3) === 0) return bits === 8 ? colourMapFormat : undefined;
  const format: PixelFormat = {
    bytesPerPixel: (bits / 8) as 1 | 2 | 4,
    depth: bytes.readUInt8(1),
    isBigEndian: bytes.readUInt8(2) !== 0,
    isTrueColour: true,
    redMax: bytes.readUInt16BE(4),
    greenMax: bytes.readUInt16BE(6),
    blueMax: bytes.readUInt16BE(8),
    redShift: bytes.readUInt8(10),
    greenShift: bytes.readUInt8(11),
    blueShift: bytes.readUInt8(12),
  };
  const fits = (max: number, shift: number) => max > 0 && shift < bits && max * 2 ** shift < 2 ** bits;
  const { redMax, redShift, greenMax, greenShift, blueMax, blueShift } = format;
  return fits(redMax, redShift) && fits(greenMax, greenShift) && fits(blueMax, blueShift) ? format : undefined;
}

/** Turns 0xRRGGBB pixels into one viewer's bytes. */
export class PixelWriter {
  readonly format: PixelFormat;
  readonly bytesPerPixel: number;
  /** Tight leaves the unused byte out where there are exactly 8 bits of each colour. */
  readonly isCompact: boolean;
  readonly #red: Float64Array;
  readonly #green: Float64Array;
  readonly #blue: Float64Array;

  constructor(format: PixelFormat) {
    this.format = format;
    this.bytesPerPixel = format.bytesPerPixel;
    const { redMax, greenMax, blueMax } = format;
    const full = redMax === 255 && greenMax === 255 && blueMax === 255;
    this.isCompact = format.bytesPerPixel === 4 && format.depth === 24 && full;
    this.#red = ramp(redMax, format.redShift);
    this.#green = ramp(greenMax, format.greenShift);
    this.#blue = ramp(blueMax, format.blueShift);
  }

  /** Writes `pixels` at `at`; returns the offset after them. */
  write(pixels: Uint32Array, target: Buffer, at: number): number {
    const { bytesPerPixel, isBigEndian } = this.format;
    const values = this.format === nativeFormat ? pixels : pixels.map((pixel) => this.#value(pixel));
    const bytes = bytesOf(
      bytesPerPixel === 4 ? values : bytesPerPixel === 2 ? Uint16Array.from(values) : Uint8Array.from(values),
    );
    if (bytesPerPixel > 1 && isBigEndian === isLittleEndianHost) swap(bytes, bytesPerPixel);
    bytes.copy(target, at);
    return at + bytes.length;
  }

  get tightBytesPerPixel(): number {
    return this.isCompact ? 3 : this.bytesPerPixel;
  }

  /** As `write`, in Tight's own form. */
  writeTight(pixels: Uint32Array, target: Buffer, at: number): number {
    if (!this.isCompact) return this.write(pixels, target, at);
    for (const pixel of pixels) {
      target[at] = pixel >> 16;
      target[at + 1] = pixel >> 8;
      target[at + 2] = pixel;
      at += 3;
    }
    return at;
  }

  #value(pixel: number): number {
    const red = this.#red[(pixel >> 16) & 255] as number;
    const green = this.#green[(pixel >> 8) & 255] as number;
    return red + green + (this.#blue[pixel & 255] as number);
  }
}

function ramp(max: number, shift: number): Float64Array {
  return Float64Array.from({ length: 256 }, (_, value) => Math.round((value * max) / 255) * 2 ** shift);
}

const isLittleEndianHost = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The values' bytes in a buffer of their own. */
function bytesOf(values: Uint32Array | Uint16Array | Uint8Array): Buffer {
  return Buffer.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function swap(bytes: Buffer, bytesPerPixel: number): void {
  if (bytesPerPixel === 4) bytes.swap32();
  else bytes.swap16();
}
