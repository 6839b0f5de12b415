import { describe, expect, it } from 'vitest';

import { Budget, type WindowWish } from '../../../shared/flow/budget.ts';
import { ReceiveCredit, SendCredit } from '../../../shared/flow/credit.ts';
import { Fifo } from '../../../shared/flow/fifo.ts';
import { type FlowWindow, ReadWindow } from '../../../shared/flow/readWindow.ts';

const KiB = 1024;
const MiB = 1 << 20;

describe('ReadWindow', () => {
  it('pauses at the high mark and resumes at the low one', () => {
    const window = new ReadWindow({ highBytes: 100, lowBytes: 40 });
    expect([window.received(99), window.received(1), window.received(30)]).toEqual(['go', 'pause', 'pause']);
    expect([window.unconsumedBytes, window.isPaused, window.roomBytes]).toEqual([130, true, 0]);
    expect([window.consumed(80), window.consumed(10), window.consumed(1)]).toEqual(['go', 'resume', 'go']);
    expect([window.isPaused, window.roomBytes]).toEqual([false, 61]);
  });

  it('throws when more is acknowledged than was received, or nonsense', () => {
    const window = new ReadWindow({ highBytes: 100, lowBytes: 40 });
    window.received(10);
    for (const bytes of [11, -1, Number.NaN]) expect(() => window.consumed(bytes)).toThrow('acknowledged');
    expect(window.unconsumedBytes).toBe(10);
  });

  it('refuses marks that could never resume', () => {
    for (const marks of [
      { highBytes: 0, lowBytes: 0 },
      { highBytes: 10, lowBytes: 10 },
      { highBytes: 10, lowBytes: -1 },
    ]) {
      expect(() => new ReadWindow(marks)).toThrow('window');
    }
  });
});

const bulk: WindowWish = { minBytes: 16 * KiB, wantedBytes: MiB, weight: 'bulk' };
const interactive: WindowWish = { minBytes: 64 * KiB, wantedBytes: MiB, weight: 'interactive' };

/** As a socket does: reads what there is room for, 64 KiB at most at a time, until it is paused. */
function flood(window: FlowWindow): number {
  let bytes = 0;
  while (!window.isPaused) {
    const read = Math.min(64 * KiB, window.roomBytes);
    window.received(read);
    bytes += read;
  }
  return bytes;
}

/** Streams `bytes` through a window whose sink keeps up. */
function stream(window: FlowWindow, bytes: number): void {
  for (let left = bytes; left > 0; ) {
    const read = Math.min(left, window.roomBytes);
    window.received(read);
    window.consumed(read);
    left -= read;
  }
}

describe('Budget', () => {
  it('starts a window small and lets it grow to what is wanted as it consumes', () => {
    const window = new Budget(64 * MiB).open(bulk)!;
    expect(window.highBytes).toBe(64 * KiB);
    stream(window, 4 * MiB);
    expect(window.highBytes).toBe(MiB);
    expect(flood(window)).toBe(MiB);
  });

  it('holds at most the whole for 1,000 stalled streams, and each of them has its minimum', () => {
    const budget = new Budget(64 * MiB);
    const windows = Array.from({ length: 1000 }, () => budget.open(bulk)!);
    const held = windows.map(flood);
    expect(budget.heldBytes).toBeLessThanOrEqual(64 * MiB);
    expect(Math.min(...held)).toBeGreaterThanOrEqual(16 * KiB);
    expect(budget.heldBytes).toBe(held.reduce((sum, bytes) => sum + bytes));
  });

  it('shares evenly among 1,000 streams that all had grown before they stall', () => {
    const budget = new Budget(64 * MiB);
    const windows = Array.from({ length: 1000 }, () => budget.open(bulk)!);
    for (const window of windows) stream(window, 4 * MiB);
    // They all read at once: one read each, in turn, until none may read any more.
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      for (const window of windows) {
        if (window.isPaused) continue;
        window.received(Math.min(4 * KiB, window.roomBytes));
        isMoving = true;
      }
    }
    const held = windows.map((window) => window.unconsumedBytes);
    expect(budget.heldBytes).toBeLessThanOrEqual(64 * MiB);
    expect(Math.max(...held) / Math.min(...held)).toBeLessThan(1.5);
    expect(Math.min(...held)).toBeGreaterThan(30 * KiB);
  });

  it('never starves an interactive stream, however much bulk holds', () => {
    const budget = new Budget(64 * MiB);
    const early = budget.open(interactive)!;
    for (let n = 0; n < 2000; n++) {
      const window = budget.open({ ...bulk, minBytes: 4 * KiB });
      if (!window) break;
      stream(window, 4 * MiB);
      flood(window);
    }
    expect(budget.heldBytes).toBeLessThanOrEqual(64 * MiB);
    const late = budget.open(interactive)!;
    for (const window of [early, late]) {
      expect(window.roomBytes).toBeGreaterThanOrEqual(64 * KiB);
      for (let n = 0; n < 10_000; n++) {
        window.received(1000);
        window.consumed(1000);
      }
      expect(window.isPaused).toBe(false);
    }
  });

  it('lets an interactive stream grow beside bulk that holds all it may', () => {
    const budget = new Budget(64 * MiB);
    for (let n = 0; n < 200; n++) {
      const window = budget.open(bulk)!;
      stream(window, 4 * MiB);
      flood(window);
    }
    const late = budget.open(interactive)!;
    stream(late, 4 * MiB);
    expect(late.highBytes).toBe(MiB);
  });

  it('always gives a new stream its minimum while that can be promised, and says so when not', () => {
    const budget = new Budget(MiB);
    const windows: FlowWindow[] = [];
    for (let window = budget.open(bulk); window; window = budget.open(bulk)) {
      windows.push(window);
      expect(flood(window)).toBeGreaterThanOrEqual(16 * KiB);
      expect(budget.heldBytes).toBeLessThanOrEqual(MiB);
    }
    expect(windows.length).toBeGreaterThan(20);
    windows[0]!.dispose();
    expect(budget.open({ ...bulk, minBytes: 8 * KiB })).toBeDefined();
  });

  it('shrinks a window under others as they fill, and widens it again as they drain', () => {
    const budget = new Budget(8 * MiB);
    const one = budget.open(bulk)!;
    stream(one, 4 * MiB);
    expect(one.highBytes).toBe(MiB);
    const others = Array.from({ length: 20 }, () => budget.open(bulk)!);
    for (const other of others) {
      stream(other, 4 * MiB);
      flood(other);
    }
    expect(one.highBytes).toBeLessThan(300 * KiB);
    for (const other of others) other.consumed(other.unconsumedBytes);
    expect(one.highBytes).toBe(MiB);
  });

  it('resumes a stream by its own consuming, though its window shrank below what it holds', () => {
    const budget = new Budget(4 * MiB);
    const one = budget.open(bulk)!;
    stream(one, 4 * MiB);
    const held = flood(one);
    for (let n = 0; n < 60; n++) {
      const other = budget.open(bulk);
      if (other) flood(other);
    }
    let isResumed = false;
    for (let left = held; left > 0 && !isResumed; left -= 1 * KiB) isResumed = one.consumed(KiB) === 'resume';
    expect(isResumed).toBe(true);
  });

  it('gets everything back when windows end with bytes held', () => {
    const budget = new Budget(8 * MiB);
    const windows = Array.from({ length: 50 }, () => budget.open(bulk)!);
    for (const window of windows) flood(window);
    for (const window of windows) {
      window.dispose();
      window.dispose();
      window.consumed(1);
    }
    expect([budget.heldBytes, budget.freeBytes, budget.windowCount]).toEqual([0, 8 * MiB, 0]);
  });
});

describe('credit', () => {
  it('gives out no more than there is and gets it back in batches', () => {
    const send = new SendCredit(1000);
    const receive = new ReceiveCredit(1000);
    expect([send.take(700), send.take(700), send.take(1)]).toEqual([700, 300, 0]);
    receive.received(1000);
    expect(receive.isUsedUp).toBe(true);
    expect([receive.consumed(100), receive.consumed(149), receive.consumed(1)]).toEqual([0, 0, 250]);
    send.add(250);
    expect([send.availableBytes, receive.unconsumedBytes]).toEqual([250, 750]);
  });

  it('holds both sides to the promise', () => {
    const receive = new ReceiveCredit(10);
    receive.received(10);
    expect(() => receive.received(1)).toThrow('more than its credit');
    expect(() => receive.consumed(11)).toThrow('acknowledged');
    const send = new SendCredit(10);
    send.take(5);
    for (const bytes of [6, 0]) expect(() => send.add(bytes)).toThrow('more credit');
  });

  it('never stops a stream for want of a batch, whatever the credit', () => {
    for (const total of [1, 2, 3, 5, 1024, 65_536]) {
      const send = new SendCredit(total);
      const receive = new ReceiveCredit(total);
      let sent = 0;
      for (let n = 0; n < 100; n++) {
        const bytes = send.take(7);
        expect(bytes).toBeGreaterThan(0);
        receive.received(bytes);
        sent += bytes;
        const returned = receive.consumed(bytes);
        if (returned > 0) send.add(returned);
      }
      expect(sent).toBeGreaterThanOrEqual(100);
    }
  });
});

describe('Fifo', () => {
  it('keeps order through long queues that never empty', () => {
    const fifo = new Fifo<number>();
    let next = 0;
    let expected = 0;
    for (let n = 0; n < 5000; n++) {
      fifo.push(next++);
      fifo.push(next++);
      if (n % 2 === 0) expect(fifo.shift()).toBe(expected++);
    }
    expect([fifo.length, fifo.peek()]).toEqual([next - expected, expected]);
    while (fifo.length > 0) expect(fifo.shift()).toBe(expected++);
    expect([expected, fifo.shift(), fifo.peek()]).toEqual([next, undefined, undefined]);
  });
});
