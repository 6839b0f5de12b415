import type { Duplex } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Desktop } from '../../../../electron/lab/guests/desktop/desktop.ts';
import { duplexPair } from '../../../../electron/lab/guests/duplexPair.ts';
import { encodePpm } from '../../../../electron/lab/guests/ppm.ts';
import { RfbServer } from '../../../../electron/lab/guests/rfb/rfbServer.ts';
import { FakeClock, settle } from '../../../fakes/fakeClock.ts';
import { RfbReader, type RfbReaderOptions } from '../../../support/rfbReader.ts';
import { quiet, until } from '../../../support/until.ts';

const password = 'a b`!"#$';
const tight = 7;
const copyRect = 1;
const cursor = -239;
const extendedSize = -308;
const titleBar = { x: 250, y: 108 }; // of the notes window, where it is at first

describe('the embedded guest over RFB', () => {
  let clock: FakeClock;
  let desktop: Desktop;
  let server: RfbServer;
  const streams: Duplex[] = [];

  beforeEach(() => {
    clock = new FakeClock();
    desktop = new Desktop({ name: 'web-01', detail: '101 on n1', memoryMib: 4096, width: 1024, height: 768 }, clock);
    server = new RfbServer(desktop, clock);
  });

  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.destroy();
    await settle();
    server.dispose();
    desktop.dispose();
    expect(clock.timerCount).toBe(0);
  });

  function open(): Duplex {
    const [ours, theirs] = duplexPair();
    server.accept(ours, password);
    streams.push(theirs);
    return theirs;
  }

  async function connect(options: Partial<RfbReaderOptions> = {}): Promise<RfbReader> {
    const reader = new RfbReader(open(), { password, ...options });
    await reader.connect();
    return reader;
  }

  /** Asks for what changed and lets the guest paint it. */
  async function next(reader: RfbReader) {
    reader.request(true);
    await quiet();
    clock.advance(20);
    return reader.update();
  }

  /** As `next`; once more where the guest painted again (a tick of its clock) right after the update. */
  async function catchUp(reader: RfbReader) {
    await next(reader);
    if (differs(reader)) await next(reader);
    expect(differs(reader)).toBe(false);
  }

  const differs = (reader: RfbReader): boolean => Buffer.compare(reader.ppm(), encodePpm(desktop.canvas)) !== 0;

  it.each([
    ['raw', []],
    ['tight', [tight]],
  ])('gives in %s exactly the picture it holds', async (_name, encodings) => {
    const reader = await connect({ encodings });
    await reader.picture();
    expect(reader.name).toBe('web-01');
    expect(differs(reader)).toBe(false);
    expect(new Set(reader.pixels).size).toBeGreaterThan(500);
  });

  it('takes a thirtieth of raw with tight', async () => {
    const reader = await connect({ encodings: [tight] });
    await reader.picture();
    expect(reader.receivedBytes).toBeLessThan((1024 * 768 * 4) / 30);
  });

  it('understands a viewer whose bytes arrive one at a time', async () => {
    const stream = open();
    const write = stream.write.bind(stream);
    stream.write = ((bytes: Buffer) => {
      for (const byte of bytes) write(Buffer.of(byte));
      return true;
    }) as typeof stream.write;
    const reader = new RfbReader(stream, { password, encodings: [tight] });
    await reader.connect();
    reader.sendCutText('some text');
    reader.key(0x41);
    await reader.picture();
    expect(reader.rects.length).toBeGreaterThan(0);
  });

  it('refuses the right password after 30 s, as QEMU does', async () => {
    const stream = open();
    clock.advance(30_000);
    await new RfbReader(stream, { password }).connect();
    const late = open();
    clock.advance(30_001);
    await expect(new RfbReader(late, { password }).connect()).rejects.toThrow('refused: Authentication failed');
  });

  it('refuses a wrong password with a reason, and ends', async () => {
    const reader = new RfbReader(open(), { password: 'wrong' });
    await expect(reader.connect()).rejects.toThrow('refused: Authentication failed');
    expect(server.viewerCount).toBe(0);
  });

  it('ends the connection when a viewer breaks the protocol', async () => {
    const stream = open();
    const reader = new RfbReader(stream, { password });
    await reader.connect();
    stream.write(Buffer.of(99));
    await expect(reader.update()).rejects.toThrow('the stream ended');
    expect(server.viewerCount).toBe(0);
  });

  it('sends only what a key changed', async () => {
    const reader = await connect({ encodings: [tight] });
    await reader.picture();
    reader.key(0x58);
    const area = (await next(reader)).reduce((sum, { width, height }) => sum + width * height, 0);
    expect(area).toBeGreaterThan(0);
    expect(area).toBeLessThan((1024 * 768) / 4);
    expect(differs(reader)).toBe(false);
  });

  it('shows a dragged window by copying it inside the viewer', async () => {
    const reader = await connect({ encodings: [tight, copyRect, cursor] });
    await reader.picture();
    reader.pointer(titleBar.x, titleBar.y, 0);
    reader.pointer(titleBar.x, titleBar.y, 1);
    const before = reader.receivedBytes;
    for (let step = 1; step <= 12; step++) {
      reader.pointer(titleBar.x + step * 9, titleBar.y + step * 5, 1);
      await catchUp(reader);
    }
    reader.pointer(titleBar.x + 108, titleBar.y + 60, 0);
    await settle();
    expect(reader.rects.filter(({ encoding }) => encoding === copyRect).length).toBeGreaterThanOrEqual(11);
    expect((reader.receivedBytes - before) / 12).toBeLessThan(40_000);
  });

  it('shows the same to two viewers, one of which was slow', async () => {
    const fast = await connect({ encodings: [tight, copyRect, cursor] });
    const slow = await connect({ encodings: [tight, copyRect, cursor] });
    await fast.picture();
    await slow.picture();
    fast.pointer(titleBar.x, titleBar.y, 1);
    for (let step = 1; step <= 5; step++) {
      fast.pointer(titleBar.x + step * 20, titleBar.y + step * 10, 1);
      await next(fast);
    }
    fast.pointer(titleBar.x + 100, titleBar.y + 50, 0);
    await catchUp(slow);
  });

  it('queues no second update while a viewer does not take the first', async () => {
    const stream = open();
    const reader = new RfbReader(stream, { password });
    await reader.connect();
    for (let i = 0; i < 20; i++) {
      reader.request(false);
      await quiet();
      clock.advance(20);
    }
    // One raw update is 3 MiB; the twenty asked for would be 63.
    await reader.update();
    expect(reader.receivedBytes).toBeLessThan(1024 * 768 * 4 + 10_000);
    reader.request(false);
    await reader.update();
    expect(differs(reader)).toBe(false);
  });

  it('converts to 16-bit pixels of either byte order', async () => {
    for (const isBigEndian of [0, 1]) {
      const stream = open();
      const reader = new RfbReader(stream, { password });
      await reader.connect();
      stream.write(Buffer.from([0, 0, 0, 0, 16, 16, isBigEndian, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0, 0, 0, 0]));
      stream.write(Buffer.from([3, 0, 0, 4, 0, 5, 0, 1, 0, 1])); // one pixel at 4, 5
      const bytes = await firstBytes(stream, 4 + 12 + 2);
      const pixel = desktop.canvas.pixels[5 * 1024 + 4] ?? 0;
      const [red, green, blue] = [(pixel >> 16) & 255, (pixel >> 8) & 255, pixel & 255];
      const value =
        (Math.round((red * 31) / 255) << 11) | (Math.round((green * 63) / 255) << 5) | Math.round((blue * 31) / 255);
      expect(isBigEndian ? bytes.readUInt16BE(16) : bytes.readUInt16LE(16)).toBe(value);
    }
  });

  it('takes a new size when asked, refuses one it cannot have, and tells the other viewer', async () => {
    const one = await connect({ encodings: [tight, extendedSize] });
    const other = await connect({ encodings: [tight, extendedSize] });
    one.request(false);
    other.request(false);
    await one.update();
    await other.update();
    one.setDesktopSize(1280, 800);
    expect((await next(one)).at(0)).toMatchObject({ x: 1, y: 0, width: 1280, height: 800, encoding: extendedSize });
    expect((await next(other)).at(0)).toMatchObject({ x: 0, y: 0, width: 1280, height: 800, encoding: extendedSize });
    await other.picture();
    expect(differs(other)).toBe(false);
    one.setDesktopSize(20, 20);
    expect((await next(one)).at(0)).toMatchObject({ x: 1, y: 3, width: 1280, height: 800 });
  });

  it('sends the pointer that belongs to what is under it', async () => {
    const reader = await connect({ encodings: [tight, cursor] });
    await reader.picture();
    reader.pointer(titleBar.x, titleBar.y + 150, 0); // over the text
    const rects = await next(reader);
    expect(rects.find(({ encoding }) => encoding === cursor)).toMatchObject({ width: 7, height: 15 });
  });

  it('draws the pointer into the picture for a viewer that does not', async () => {
    const reader = await connect();
    await reader.picture();
    reader.pointer(700, 100, 0);
    await next(reader);
    expect(reader.pixels[100 * 1024 + 700]).toBe(0x15181c);
    expect(differs(reader)).toBe(false);
  });

  it('passes the clipboard both ways', async () => {
    const reader = await connect();
    await reader.picture();
    reader.sendCutText('from outside');
    for (const key of [0xffe3, 0x76]) reader.key(key); // Ctrl pressed and released: a plain v
    await next(reader);
    expect(reader.cutText).toBe('');
    const [ctrlDown, ctrlUp] = [1, 0].map((isDown) => Buffer.from([4, isDown, 0, 0, 0, 0, 0xff, 0xe3]));
    const stream = streams[0];
    stream?.write(ctrlDown);
    reader.key(0x76);
    reader.key(0x63);
    stream?.write(ctrlUp);
    await next(reader);
    expect(reader.cutText).toMatch(/vfrom outside$/);
  });

  it('sends the others away for a viewer that wants to be alone', async () => {
    const first = await connect();
    await connect({ isShared: false });
    await expect(first.update()).rejects.toThrow('the stream ended');
    expect(server.viewerCount).toBe(1);
  });

  it('holds no timer while nobody looks', async () => {
    expect(clock.timerCount).toBe(0);
    const reader = await connect();
    clock.advance(0);
    expect(clock.timerCount).toBe(1);
    reader.close();
    await until(() => server.viewerCount === 0, 'the viewer to be gone');
    expect(clock.timerCount).toBe(0);
  });
});

function firstBytes(stream: Duplex, count: number): Promise<Buffer> {
  return new Promise((resolve) => {
    let all = Buffer.alloc(0);
    const receive = (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      if (all.length >= count) resolve(all);
    };
    stream.on('data', receive);
    stream.resume();
  });
}
