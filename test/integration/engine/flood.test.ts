import { afterEach, expect, it } from 'vitest';

import { crc32 } from '../../../electron/lab/guests/shell/crc32.ts';
import { channels } from '../../../shared/wire/contract.ts';
import type { Channel } from '../../../shared/wire/peer.ts';
import { EngineBench } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const MiB = 1 << 20;
const WINDOW_BYTES = 1 * MiB; // of the tunnel
const CREDIT_BYTES = channels.console.creditDownBytes;
const FLOOD_BYTES = 209_715_200; // 200 MiB

let bench: EngineBench;
afterEach(async () => {
  await bench.close();
});

/** Counts a flood, checks its sum, and stops taking it on command. */
class FloodView {
  readonly channel: Channel;
  bytes = 0;
  unconsumed = 0;
  isStalled = false;
  tail = '';
  #crc = 0;
  #counting = false;
  #left = FLOOD_BYTES;

  constructor(channel: Channel) {
    this.channel = channel;
    channel.onData((chunk) => {
      this.bytes += chunk.length;
      this.#check(chunk);
      this.tail = (this.tail + Buffer.from(chunk.subarray(-200)).toString('latin1')).slice(-400);
      if (this.isStalled) this.unconsumed += chunk.length;
      else channel.consumed(chunk.length);
    });
    channel.onEnd(() => {});
    channel.onClose(() => {});
    channel.start();
  }

  get crc(): string {
    return this.#crc.toString(16).padStart(8, '0');
  }

  resume(): void {
    this.isStalled = false;
    this.channel.consumed(this.unconsumed);
    this.unconsumed = 0;
  }

  /** From the first line of the flood on. */
  #check(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk);
    let from = 0;
    if (!this.#counting) {
      from = bytes.indexOf('0000000001 ');
      if (from < 0) return;
      this.#counting = true;
    }
    const part = bytes.subarray(from, from + this.#left);
    this.#crc = crc32(part, this.#crc);
    this.#left -= part.length;
  }
}

it('carries 200 MiB of a terminal, every byte, and holds no more than window and credit while the page stalls', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  const view = new FloodView(state.console('qemu/100', 'terminal'));
  await until(() => view.tail.includes('# '));
  view.isStalled = true;
  view.channel.write(Buffer.from('flood 200M\r'));
  await until(() => view.unconsumed >= CREDIT_BYTES - 4096);
  await quiet();
  expect(view.unconsumed).toBeLessThanOrEqual(CREDIT_BYTES);
  await until(() => (state.meters?.relays[0]?.down.heldBytes ?? 0) > 0);
  expect(state.meters?.heldBytes).toBeLessThanOrEqual(WINDOW_BYTES + 128 * 1024);
  const before = process.memoryUsage().rss;
  view.resume();
  const limitMs = performance.now() + 60_000;
  while (!view.tail.includes('#end') && performance.now() < limitMs) await quiet();
  expect(view.tail).toContain(`crc32=${view.crc}`);
  // The lab and the reader are in this process too; what must not be there is the flood.
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * MiB);
  view.channel.close(100);
}, 90_000);

it('answers Ctrl-C while it floods', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  const view = new FloodView(state.console('qemu/100', 'terminal'));
  await until(() => view.tail.includes('# '));
  view.channel.write(Buffer.from('flood 1G\r'));
  await until(() => view.bytes > 8 * MiB);
  const askedMs = performance.now();
  view.channel.write(Uint8Array.of(3));
  await until(() => view.tail.includes('^C'));
  expect(performance.now() - askedMs).toBeLessThan(2000); // under 200 ms on a quiet machine
  view.channel.close(100);
});
