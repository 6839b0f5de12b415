import { describe, expect, it } from 'vitest';

import { AppError } from '../../../shared/base/errors.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { ReadWindow } from '../../../shared/flow/readWindow.ts';
import { splice } from '../../../shared/flow/splice.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { FakeDuplex, type FakeDuplexOptions } from '../../fakes/fakeDuplex.ts';
import { concat, firstWrong, patternBytes } from '../../support/bytes.ts';

const highBytes = 1 << 20;

function join(options: { a?: FakeDuplexOptions; b?: FakeDuplexOptions; drainMs?: number } = {}) {
  const clock = new FakeClock();
  const a = new FakeDuplex({ label: 'a', ...options.a });
  const b = new FakeDuplex({ label: 'b', ...options.b });
  const pair = splice(a, b, { clock, drainMs: options.drainMs ?? 1000 });
  const reasons: CloseReason[] = [];
  pair.onClose((reason) => reasons.push(reason));
  return { clock, a, b, pair, reasons };
}

const kinds = (reasons: CloseReason[]) => reasons.map(({ kind }) => kind);

describe('splice', () => {
  it('starts both ends, and only once they are joined', () => {
    const a = new FakeDuplex({ label: 'a' });
    const b = new FakeDuplex({ label: 'b' });
    expect([a.isStarted, b.isStarted]).toEqual([false, false]);
    splice(a, b);
    a.deliver(patternBytes(3));
    expect([a.isStarted, b.isStarted, b.waitingBytes]).toEqual([true, true, 3]);
  });

  it('counts how often and how long a source waited for its sink', () => {
    const { a, b, clock, pair } = join();
    a.deliver(patternBytes(highBytes / 2));
    expect([pair.up.pauses, pair.up.stalledMs]).toEqual([0, 0]);
    for (const waitMs of [300, 700]) {
      while (!a.isPaused) a.deliver(patternBytes(4096));
      clock.advance(waitMs);
      expect(pair.up.isPaused).toBe(true);
      while (b.waiting.length > 0) b.accept(10);
      clock.advance(5000);
    }
    expect([pair.up.pauses, pair.up.stalledMs]).toEqual([2, 1000]);
    while (!a.isPaused) a.deliver(patternBytes(4096));
    clock.advance(50);
    expect([pair.up.pauses, pair.up.stalledMs, pair.down.pauses]).toEqual([3, 1050, 0]);
  });

  it('holds 1 MiB while the sink stalls, then loses nothing', () => {
    const { a, b, pair } = join();
    const whole = patternBytes(2 * highBytes);
    let sent = 0;
    const send = () => {
      while (!a.isPaused && sent < whole.length) {
        a.deliver(whole.subarray(sent, sent + 4096));
        sent += 4096;
      }
    };
    send();
    expect([sent, a.unconsumedBytes, pair.up.heldBytes, pair.up.isPaused]).toEqual([
      highBytes,
      highBytes,
      highBytes,
      true,
    ]);
    expect(pair.up.bytes).toBe(0);
    while (sent < whole.length || b.waiting.length > 0) {
      b.accept(10);
      send();
    }
    expect(firstWrong(concat(b.accepted), 0)).toBe(-1);
    expect([pair.up.bytes, pair.up.heldBytes, pair.down.bytes]).toEqual([whole.length, 0, 0]);
  });

  it('does not call a chunk consumed before the sink took it over', () => {
    const { a, b } = join();
    a.deliver(patternBytes(100));
    a.deliver(patternBytes(50));
    expect(a.unconsumedBytes).toBe(150);
    b.accept(1);
    expect(a.unconsumedBytes).toBe(50);
  });

  it('gathers single bytes behind a stalled sink, so that they cost few writes', () => {
    const { a, b } = join();
    const whole = patternBytes(200_000);
    for (let at = 0; at < whole.length; at++) a.deliver(whole.subarray(at, at + 1));
    expect(b.waiting.length).toBeLessThan(40);
    expect(a.unconsumedBytes).toBe(200_000);
    while (b.waiting.length > 0) b.accept();
    expect(firstWrong(concat(b.accepted), 0)).toBe(-1);
    expect([b.acceptedBytes, a.unconsumedBytes]).toEqual([200_000, 0]);
  });

  it('keeps the order when large chunks follow gathered small ones', () => {
    const { a, b } = join();
    const whole = patternBytes(100_000);
    let at = 0;
    for (const size of [...Array<number>(30).fill(10), 5000, ...Array<number>(40).fill(900), 3, 20_000, 1]) {
      a.deliver(whole.subarray(at, at + size));
      at += size;
    }
    a.deliverEnd();
    expect(b.isEnded).toBe(true);
    while (b.waiting.length > 0) b.accept(3);
    expect(b.acceptedBytes).toBe(at);
    expect(firstWrong(concat(b.accepted), 0)).toBe(-1);
  });

  it('passes the end on behind the bytes before it, and the other way goes on', () => {
    const { a, b, reasons } = join();
    a.deliver(patternBytes(10));
    a.deliverEnd();
    expect(b.isEnded).toBe(true);
    b.accept();
    b.deliver(patternBytes(7));
    a.accept();
    expect(a.acceptedBytes).toBe(7);
    b.deliverEnd();
    expect(kinds(reasons)).toEqual(['ended']);
    expect([a.isClosed, b.isClosed]).toEqual([true, true]);
  });

  it('flushes the tail when the source ends and closes while the sink is stalled, however long it takes', () => {
    const { a, b, clock, reasons } = join({ a: { canHalfClose: false }, drainMs: 1000 });
    const bytes = a.flood(4096);
    a.deliverEnd();
    a.finish({ kind: 'ended' });
    for (let n = 0; b.waiting.length > 0; n++) {
      clock.advance(900);
      b.accept(1);
      if (n > 1000) throw new Error('it never drained');
    }
    expect(b.acceptedBytes).toBe(bytes);
    expect(b.calls).toEqual(['start', 'end', 'close 1000']);
    expect(kinds(reasons)).toEqual(['ended']);
    expect(clock.timerCount).toBe(0);
  });

  it('gives up a sink that takes nothing for the drain time after its source closed', () => {
    const { a, b, clock, reasons } = join({ drainMs: 1000 });
    a.flood(4096);
    a.fail();
    b.accept(1);
    clock.advance(999);
    expect(b.isClosed).toBe(false);
    clock.advance(2);
    expect(b.calls.at(-1)).toBe('dispose');
    expect(kinds(reasons)).toEqual(['failed']);
    expect(clock.timerCount).toBe(0);
  });

  it('delivers what was read before a reset, then closes the other end with the same reason', () => {
    const { a, b, reasons } = join();
    a.deliver(patternBytes(10));
    const error = new AppError('reset', 'The peer broke the connection.');
    a.fail(error);
    expect(b.calls).toEqual(['start']);
    b.accept();
    expect(b.acceptedBytes).toBe(10);
    expect(b.closeReasonGiven).toEqual({ kind: 'failed', error });
    expect(reasons).toEqual([{ kind: 'failed', error }]);
  });

  it('closes the source when the sink dies, though done never comes', () => {
    const { a, b, reasons } = join();
    a.flood(4096);
    const error = new AppError('reset', 'The sink is gone.');
    b.fail(error);
    expect(a.isClosed).toBe(true);
    expect(reasons).toEqual([{ kind: 'failed', error }]);
  });

  it('keeps the first reason when both ends break', () => {
    const { a, b, reasons } = join();
    b.deliver(patternBytes(5));
    const first = new AppError('reset', 'First.');
    a.fail(first);
    b.fail(new AppError('timeout', 'Second.'));
    expect(reasons).toEqual([{ kind: 'failed', error: first }]);
  });

  it('sends what is held when closed, and both ends get the deadline', () => {
    const { a, b, pair, reasons } = join();
    for (let n = 0; n < 100; n++) a.deliver(patternBytes(10));
    b.deliver(patternBytes(10));
    pair.close(700);
    expect([a.calls.at(-1), b.calls.at(-1)]).toEqual(['close 700', 'close 700']);
    expect(reasons).toEqual([]);
    a.accept();
    b.accept();
    expect([a.acceptedBytes, b.acceptedBytes]).toEqual([10, 1000]);
    expect(kinds(reasons)).toEqual(['closed']);
  });

  it('ends both ends at once when disposed, safe twice and after the end', () => {
    const { a, b, pair, reasons } = join();
    a.flood(4096);
    pair.dispose();
    pair.dispose();
    pair.close(10);
    expect([a.isClosed, b.isClosed, kinds(reasons)]).toEqual([true, true, ['closed']]);
  });

  it('tells its close to a listener that comes late', async () => {
    const { pair, a } = join();
    a.fail();
    const late: CloseReason[] = [];
    pair.onClose((reason) => late.push(reason));
    pair.onClose((reason) => late.push(reason)).dispose();
    await settle();
    expect(kinds(late)).toEqual(['failed']);
  });

  it('is over when an end had died before it was joined', async () => {
    const a = new FakeDuplex({ label: 'a' });
    const b = new FakeDuplex({ label: 'b' });
    a.fail();
    const reasons: CloseReason[] = [];
    splice(a, b, { clock: new FakeClock() }).onClose((reason) => reasons.push(reason));
    await settle();
    expect([b.isClosed, kinds(reasons)]).toEqual([true, ['failed']]);
  });

  it('follows a window that is resized while it runs', () => {
    const window = new ReadWindow({ highBytes: 100_000, lowBytes: 50_000 });
    const { a, b, pair } = join({ a: { window } });
    expect(a.flood(10_000)).toBe(100_000);
    expect(window.resize(300_000, 150_000)).toBe('resume');
    expect([pair.up.isPaused, a.flood(10_000)]).toEqual([false, 200_000]);
    expect(window.resize(20_000, 10_000)).toBe('pause');
    b.accept(28);
    expect(a.isPaused).toBe(true);
    b.accept(1);
    expect([a.isPaused, a.unconsumedBytes]).toEqual([false, 10_000]);
  });
});
