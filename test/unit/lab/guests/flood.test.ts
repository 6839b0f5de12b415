import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { crc32 as zlibCrc32 } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { GuestBackend } from '../../../../electron/lab/guestBackend.ts';
import { createEmbeddedGuest } from '../../../../electron/lab/guests/embeddedGuest.ts';
import { crc32 } from '../../../../electron/lab/guests/shell/crc32.ts';
import { flood } from '../../../../electron/lab/guests/shell/flood.ts';
import { quiet, until } from '../../../support/until.ts';

const MIB = 1 << 20;

describe('a flood', () => {
  it('numbers every line and ends with the checksum of all before', () => {
    const chunks = [...flood(MIB)].map((chunk) => Buffer.from(chunk));
    const end = chunks.pop()?.toString() ?? '';
    const body = Buffer.concat(chunks);
    const lines = body.toString().slice(0, -2).split('\r\n');
    expect(body.length).toBe(Math.ceil(MIB / 80) * 80);
    expect(lines.every((line, i) => Number(line.slice(0, 10)) === i + 1 && line.length === 78)).toBe(true);
    expect(end).toBe(
      `#end lines=${lines.length} bytes=${body.length} crc32=${zlibCrc32(body).toString(16).padStart(8, '0')}\r\n`,
    );
  });

  it('has a checksum that zlib agrees with at any cut', () => {
    const bytes = createHash('sha512').update('x').digest();
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlibCrc32(bytes));
  });
});

describe('a flood in the shell', () => {
  let guest: GuestBackend;
  let serial: Duplex;

  beforeEach(async () => {
    guest = createEmbeddedGuest({ vmid: 101, name: 'web-01' });
    await guest.start();
    serial = await guest.openSerial();
  });

  afterEach(() => guest.dispose());

  it('arrives whole, as its checksum line proves', async () => {
    let crc = 0;
    let bytes = 0;
    let tail = '';
    serial.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      if (chunk.length > 1000) {
        crc = zlibCrc32(chunk, crc);
        bytes += chunk.length;
      }
      tail = (tail + text).slice(-300);
    });
    serial.write('flood 8M\r');
    await until(() => tail.includes('#end') && tail.endsWith('C'), 'the prompt after the flood');
    const lines = Math.ceil((8 * MIB) / 80);
    expect(tail).toContain(`#end lines=${lines} bytes=${bytes} crc32=${crc.toString(16).padStart(8, '0')}`);
    expect(bytes).toBe(lines * 80);
  });

  it('waits for its reader with less than 256 KiB held, and goes on where it was', async () => {
    serial.pause();
    serial.write('flood 64M\r');
    await quiet();
    const held = () => {
      let bytes = 0;
      for (let chunk: unknown = serial.read(); Buffer.isBuffer(chunk); chunk = serial.read()) bytes += chunk.length;
      return bytes;
    };
    await quiet();
    const first = held();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(256 << 10);
    await quiet();
    expect(held()).toBeGreaterThan(0);
  });

  it('stops at Ctrl-C with at most one chunk more, though nobody reads meanwhile', async () => {
    serial.pause();
    serial.write('flood 10G\r');
    await quiet();
    serial.write('\x03');
    await quiet();
    let rest = '';
    serial.on('data', (chunk: Buffer) => {
      rest += chunk.toString('latin1');
    });
    serial.resume();
    await until(() => rest.includes('^C'), 'the interrupt');
    expect(rest.indexOf('^C')).toBeLessThan(130_000);
    await quiet();
    expect(rest.endsWith('C')).toBe(true); // the prompt ends with a cursor move
  });

  it('answers Ctrl-C while the reader takes all it gets', async () => {
    let bytes = 0;
    let tail = '';
    serial.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      tail = (tail + chunk.subarray(-200).toString('latin1')).slice(-400);
    });
    serial.write('flood 100G\r');
    await until(() => bytes > 20 * MIB, '20 MiB');
    const sentAtMs = performance.now();
    serial.write('\x03');
    await until(() => tail.includes('^C'), 'the interrupt');
    expect(performance.now() - sentAtMs).toBeLessThan(2000); // a few ms on a quiet machine
  });

  it('stands still while nobody looks', async () => {
    serial.resume();
    serial.write('flood 100G\r');
    await quiet();
    serial.destroy();
    await quiet();
    const before = process.cpuUsage();
    await quiet();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(100);
  });
});
