import { afterEach, describe, expect, it } from 'vitest';

import { frameUpload } from '../../../../electron/engine/transfer/uploadBody.ts';
import { type SendOptions, type SendResult, sendUpload } from '../../../../electron/engine/transfer/uploadSender.ts';
import type { Transport } from '../../../../electron/engine/net/transport.ts';
import { AppError } from '../../../../shared/base/errors.ts';
import { Throttle } from '../../../../shared/flow/throttle.ts';
import { FakeClock } from '../../../fakes/fakeClock.ts';
import { FakeDuplex } from '../../../fakes/fakeDuplex.ts';
import { until } from '../../../support/until.ts';

const frame = frameUpload('/', {}, { content: 'iso', filename: 'x.iso', checksum: undefined }, 0);
const MIB = 1 << 20;

/** A server that takes what it is told to, and a file whose reads can be held. */
class Bench {
  readonly clock = new FakeClock();
  readonly duplex: FakeDuplex;
  readonly abort = new AbortController();
  sent = 0;
  reads = 0;
  /** Reads from then on give nothing until `release`. */
  readsBeforeHold = Number.POSITIVE_INFINITY;
  isWaiting = false;
  #held: (() => void)[] = [];
  result: SendResult | undefined;
  failure: unknown;
  done: Promise<void>;

  constructor(sizeBytes: number, { takes, ...options }: Partial<SendOptions> & { takes: boolean }) {
    this.duplex = new FakeDuplex({ label: 'server', autoAccept: takes });
    const file = {
      close: () => Promise.resolve(),
      read: async (buffer: Uint8Array) => {
        this.reads += 1;
        if (this.reads > this.readsBeforeHold) await new Promise<void>((resolve) => this.#held.push(resolve));
        return buffer.length;
      },
    };
    this.done = sendUpload({
      transport: this.duplex as unknown as Transport,
      ...{ frame, file, sizeBytes, clock: this.clock, signal: this.abort.signal },
      throttle: new Throttle(this.clock),
      onSent: (bytes) => {
        this.sent += bytes;
      },
      onWaiting: () => {
        this.isWaiting = true;
      },
      ...options,
    }).then(
      (result) => {
        this.result = result;
      },
      (error: unknown) => {
        this.failure = error;
      },
    );
  }

  release(): void {
    this.readsBeforeHold = Number.POSITIVE_INFINITY;
    for (const resolve of this.#held.splice(0)) resolve();
  }
}

let bench: Bench;
afterEach(async () => {
  bench.abort.abort();
  bench.release();
  await bench.done;
});

describe('the sender of an upload', () => {
  it('reads four pieces of 1 MiB and no more while the server takes nothing', async () => {
    bench = new Bench(100 * MIB, { takes: false });
    await until(() => bench.reads >= 4);
    for (let n = 0; n < 50; n += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(bench.reads).toBe(4);
    expect(bench.sent).toBe(0);
    bench.clock.advance(60_000); // the server's own slowness is no stall of ours
    expect(bench.result).toBeUndefined();
  });

  it('gives up before the server does when the file gives nothing for 4 s, and says when it gives again', async () => {
    bench = new Bench(100 * MIB, { takes: true });
    bench.readsBeforeHold = 6;
    await until(() => bench.reads === 7);
    await bench.clock.advanceAsync(3_900);
    expect(bench.result).toBeUndefined();
    await bench.clock.advanceAsync(200);
    await bench.done;
    expect(bench.result?.kind).toBe('stalled');
    let hasRecovered = false;
    if (bench.result?.kind === 'stalled') void bench.result.recovered.then(() => (hasRecovered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasRecovered).toBe(false);
    bench.release();
    await until(() => hasRecovered);
  });

  it('takes an answer that comes while it sends', async () => {
    bench = new Bench(100 * MIB, { takes: false });
    await until(() => bench.reads >= 4);
    bench.duplex.deliver(Buffer.from('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\n{}'));
    await bench.done;
    expect(bench.result).toMatchObject({ kind: 'answered', answer: { status: 403 } });
  });

  it('tells a break in the middle, after which another try is safe, from one behind the last byte', async () => {
    bench = new Bench(100 * MIB, { takes: false });
    await until(() => bench.reads >= 4);
    bench.duplex.fail(new AppError('reset', 'It broke.'));
    await bench.done;
    expect(bench.result?.kind).toBe('broken');
    bench = new Bench(2 * MIB, { takes: true });
    await until(() => bench.isWaiting);
    expect(bench.sent).toBe(2 * MIB);
    bench.duplex.fail(new AppError('reset', 'It broke.'));
    await bench.done;
    expect(bench.result?.kind).toBe('lost');
  });

  it('waits for the answer behind the last byte, two minutes and no longer', async () => {
    bench = new Bench(MIB, { takes: true });
    await until(() => bench.isWaiting);
    await bench.clock.advanceAsync(119_000);
    expect(bench.result).toBeUndefined();
    await bench.clock.advanceAsync(2_000);
    await bench.done;
    expect(bench.result).toMatchObject({ kind: 'lost', error: { code: 'timeout' } });
  });

  it('ends with the signal, and with the file becoming shorter', async () => {
    bench = new Bench(100 * MIB, { takes: false });
    bench.abort.abort(new AppError('aborted', 'Stopped.'));
    await bench.done;
    expect(bench.failure).toMatchObject({ code: 'aborted' });
    const short = { close: () => Promise.resolve(), read: () => Promise.resolve(0) };
    bench = new Bench(MIB, { takes: true, file: short });
    await bench.done;
    expect(bench.result?.kind).toBe('short');
  });
});
