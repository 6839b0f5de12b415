import type { Duplex } from 'node:stream';
import { constants, inflateSync } from 'node:zlib';

import { vncResponse } from '../../electron/lab/guests/rfb/vncAuth.ts';

export interface RfbReaderOptions {
  readonly password: string;
  readonly isShared?: boolean;
  /** In order of preference; raw is always there. */
  readonly encodings?: readonly number[];
}

export interface ReadRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly encoding: number;
}

/**
 * A viewer of its own, independent of the one in the app: keeps the picture as 0xRRGGBB and knows Raw, CopyRect, Tight
 * (fill, palette, full colour), cursor and both desktop sizes. Reads one update at a time.
 */
export class RfbReader {
  readonly rects: ReadRect[] = [];
  width = 0;
  height = 0;
  name = '';
  pixels = new Uint32Array(0);
  cutText = '';
  receivedBytes = 0;
  readonly #stream: Duplex;
  readonly #options: RfbReaderOptions;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #hasEnded = false;
  #onChange: (() => void) | undefined;

  constructor(stream: Duplex, options: RfbReaderOptions) {
    this.#stream = stream;
    this.#options = options;
    const handleEnd = () => {
      this.#hasEnded = true;
      this.#changed();
    };
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('end', handleEnd);
    stream.on('close', handleEnd);
    stream.on('error', handleEnd);
    stream.pause();
  }

  async connect(): Promise<void> {
    const version = await this.#read(12);
    if (version.toString() !== 'RFB 003.008\n')
      throw new Error(`unexpected version ${JSON.stringify(version.toString())}`);
    this.#stream.write(version);
    const types = await this.#read((await this.#read(1)).readUInt8(0));
    if (!types.includes(2)) throw new Error(`security types ${[...types]}`);
    this.#stream.write(Buffer.of(2));
    this.#stream.write(vncResponse(this.#options.password, await this.#read(16)));
    if ((await this.#read(4)).readUInt32BE(0) !== 0) {
      const reason = await this.#read((await this.#read(4)).readUInt32BE(0));
      throw new Error(`refused: ${reason.toString()}`);
    }
    this.#stream.write(Buffer.of(this.#options.isShared === false ? 0 : 1));
    const init = await this.#read(24);
    this.#resize(init.readUInt16BE(0), init.readUInt16BE(2));
    this.name = (await this.#read(init.readUInt32BE(20))).toString();
    this.#configure();
  }

  request(isIncremental: boolean): void {
    const message = Buffer.alloc(10);
    message[0] = 3;
    message[1] = isIncremental ? 1 : 0;
    message.writeUInt16BE(this.width, 6);
    message.writeUInt16BE(this.height, 8);
    this.#stream.write(message);
  }

  key(keysym: number): void {
    for (const isDown of [1, 0]) {
      const message = Buffer.alloc(8);
      message[0] = 4;
      message[1] = isDown;
      message.writeUInt32BE(keysym, 4);
      this.#stream.write(message);
    }
  }

  pointer(x: number, y: number, buttons: number): void {
    const message = Buffer.alloc(6);
    message[0] = 5;
    message[1] = buttons;
    message.writeUInt16BE(x, 2);
    message.writeUInt16BE(y, 4);
    this.#stream.write(message);
  }

  sendCutText(text: string): void {
    const message = Buffer.alloc(8 + text.length);
    message[0] = 6;
    message.writeUInt32BE(text.length, 4);
    message.write(text, 8, 'latin1');
    this.#stream.write(message);
  }

  setDesktopSize(width: number, height: number): void {
    const message = Buffer.alloc(24);
    message[0] = 251;
    message.writeUInt16BE(width, 2);
    message.writeUInt16BE(height, 4);
    message[6] = 1;
    message.writeUInt16BE(width, 16);
    message.writeUInt16BE(height, 18);
    this.#stream.write(message);
  }

  /** Reads up to and with the next framebuffer update; its rectangles are then in `rects`. */
  async update(): Promise<readonly ReadRect[]> {
    while (true) {
      const type = (await this.#read(1)).readUInt8(0);
      if (type === 0) return this.#rectangles();
      if (type === 3) this.cutText = (await this.#read((await this.#read(7)).readUInt32BE(3))).toString('latin1');
      else if (type === 1) await this.#read((await this.#read(5)).readUInt16BE(3) * 6);
      else if (type !== 2) throw new Error(`unexpected message ${type}`);
    }
  }

  /** A whole fresh picture, in as many updates as the server makes of it. */
  async picture(): Promise<void> {
    this.request(false);
    let seen = 0;
    while (seen < this.width * this.height) {
      for (const rect of await this.update()) if (rect.encoding >= 0) seen += rect.width * rect.height;
      if (seen < this.width * this.height) this.request(true);
    }
  }

  /** The picture as a binary PPM. */
  ppm(): Uint8Array {
    const head = Buffer.from(`P6\n${this.width} ${this.height}\n255\n`);
    const body = Buffer.alloc(this.pixels.length * 3);
    for (const [i, pixel] of this.pixels.entries()) body.writeUIntBE(pixel, i * 3, 3);
    return Buffer.concat([head, body]);
  }

  close(): void {
    this.#stream.destroy();
  }

  #configure(): void {
    const format = Buffer.from([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
    const list = [...(this.#options.encodings ?? []), 0];
    const encodings = Buffer.alloc(4 + list.length * 4);
    encodings[0] = 2;
    encodings.writeUInt16BE(list.length, 2);
    for (const [i, encoding] of list.entries()) encodings.writeInt32BE(encoding, 4 + i * 4);
    this.#stream.write(Buffer.concat([format, encodings]));
  }

  #resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
  }

  async #rectangles(): Promise<readonly ReadRect[]> {
    const count = (await this.#read(3)).readUInt16BE(1);
    const first = this.rects.length;
    for (let i = 0; i < count; i++) {
      const head = await this.#read(12);
      const rect = {
        x: head.readUInt16BE(0),
        y: head.readUInt16BE(2),
        width: head.readUInt16BE(4),
        height: head.readUInt16BE(6),
        encoding: head.readInt32BE(8),
      };
      this.rects.push(rect);
      await this.#rectangle(rect);
    }
    return this.rects.slice(first);
  }

  async #rectangle(rect: ReadRect): Promise<void> {
    const { width, height, encoding } = rect;
    if (encoding === 0) this.#put(rect, words(await this.#read(width * height * 4)));
    else if (encoding === 1) this.#copy(rect, await this.#read(4));
    else if (encoding === 7) this.#put(rect, await this.#tight(width, height));
    else if (encoding === -239) await this.#read(width * height * 4 + ((width + 7) >> 3) * height);
    else if (encoding === -223) this.#resize(width, height);
    else if (encoding === -308) {
      await this.#read((await this.#read(4)).readUInt8(0) * 16);
      if (width !== this.width || height !== this.height) this.#resize(width, height);
    } else throw new Error(`unexpected encoding ${encoding}`);
  }

  #put(rect: ReadRect, pixels: Uint32Array): void {
    for (let row = 0; row < rect.height; row++) {
      const line = pixels.subarray(row * rect.width, (row + 1) * rect.width);
      this.pixels.set(line, (rect.y + row) * this.width + rect.x);
    }
  }

  #copy(rect: ReadRect, source: Buffer): void {
    const [fromX, fromY] = [source.readUInt16BE(0), source.readUInt16BE(2)];
    const copy = new Uint32Array(rect.width * rect.height);
    for (let row = 0; row < rect.height; row++) {
      const from = (fromY + row) * this.width + fromX;
      copy.set(this.pixels.subarray(from, from + rect.width), row * rect.width);
    }
    this.#put(rect, copy);
  }

  async #tight(width: number, height: number): Promise<Uint32Array> {
    const control = (await this.#read(1)).readUInt8(0);
    if (control === 0x80) return new Uint32Array(width * height).fill((await this.#read(3)).readUIntBE(0, 3));
    if ((control & 0x80) !== 0) throw new Error(`tight control ${control}`);
    const filter = (control & 0x40) === 0 ? 0 : (await this.#read(1)).readUInt8(0);
    if (filter === 0) return triples(await this.#tightData(width * height * 3));
    if (filter !== 1) throw new Error(`tight filter ${filter}`);
    const colours = triples(await this.#read(((await this.#read(1)).readUInt8(0) + 1) * 3));
    const stride = colours.length === 2 ? (width + 7) >> 3 : width;
    const data = await this.#tightData(stride * height);
    return Uint32Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      const index = colours.length === 2 ? ((data[y * stride + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1 : data[i];
      return colours[index ?? 0] ?? 0;
    });
  }

  async #tightData(length: number): Promise<Buffer> {
    if (length < 12) return this.#read(length);
    let packed = 0;
    for (let shift = 0; shift <= 14; shift += 7) {
      const byte = (await this.#read(1)).readUInt8(0);
      packed |= (shift === 14 ? byte : byte & 127) << shift;
      if ((byte & 128) === 0) break;
    }
    const data = inflateSync(await this.#read(packed), { finishFlush: constants.Z_SYNC_FLUSH });
    if (data.length !== length) throw new Error(`tight data of ${data.length} bytes, not ${length}`);
    return data;
  }

  /** Takes from the stream no more than is asked for, so that a reader that stops holds the server back. */
  #read(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        if (this.#heldBytes >= count) resolve(this.#take(count));
        else if (this.#hasEnded) reject(new Error('the stream ended'));
        else {
          this.#onChange = attempt;
          this.#stream.resume();
        }
      };
      attempt();
    });
  }

  #take(count: number): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#held);
    const rest = all.subarray(count);
    this.#held = rest.length > 0 ? [rest] : [];
    this.#heldBytes = rest.length;
    this.receivedBytes += count;
    return all.subarray(0, count);
  }

  #receive(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#stream.pause();
    this.#changed();
  }

  #changed(): void {
    const onChange = this.#onChange;
    this.#onChange = undefined;
    onChange?.();
  }
}

function words(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4) & 0xffffff);
}

function triples(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 3 }, (_, i) => bytes.readUIntBE(i * 3, 3));
}
