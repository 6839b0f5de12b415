import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ByteDuplex } from '../../shared/flow/duplex.ts';
import { firstWrong, patternBytes } from './bytes.ts';
import { Recorder } from './recorder.ts';
import { quiet, until } from './until.ts';

const slowlyMs = 25_000; // a megabyte by single bytes, on a machine that others use, too

export interface DuplexPair {
  /** Joined: what one is written, the other delivers. Neither is started. */
  readonly a: ByteDuplex;
  readonly b: ByteDuplex;
  /** The most that either may have delivered and not had consumed: window or credit, and a chunk under way. */
  readonly maxHeldBytes: number;
  /** More than what lies in between takes while nobody reads; 8 MiB unless told. */
  readonly moreThanTakenBytes?: number;
  dispose(): Promise<void> | void;
}

/** The contract of `shared/flow/duplex.ts`. Every kind of duplex runs it. */
export function describeDuplex(name: string, makePair: () => Promise<DuplexPair> | DuplexPair): void {
  describe(`${name} as a ByteDuplex`, () => {
    let pair: DuplexPair;
    let a: ByteDuplex;
    let b: ByteDuplex;
    let atA: Recorder;
    let atB: Recorder;

    beforeEach(async () => {
      pair = await makePair();
      ({ a, b } = pair);
      atA = new Recorder(a);
      atB = new Recorder(b);
    });
    afterEach(async () => {
      a.dispose();
      b.dispose();
      await pair.dispose();
    });
    const startBoth = () => {
      a.start();
      b.start();
    };
    const bothWays = () => [
      { from: a, to: b, at: atB },
      { from: b, to: a, at: atA },
    ];

    it('is born paused: nothing is delivered before start, nothing is lost after', async () => {
      a.start();
      a.write(patternBytes(1000));
      await quiet();
      expect(atB.bytes).toBe(0);
      b.start();
      await until(() => atB.bytes === 1000);
      expect(firstWrong(atB.received, 0)).toBe(-1);
    });

    it('carries bytes of all sizes unchanged and in order, both ways', async () => {
      startBoth();
      for (const { from, at } of bothWays()) {
        const sizes = [1, 2, 0, 125, 126, 65_535, 65_536, 1, 200_000];
        let sent = 0;
        const whole = patternBytes(sizes.reduce((sum, size) => sum + size));
        for (const size of sizes) {
          from.write(whole.subarray(sent, sent + size));
          sent += size;
        }
        await until(() => at.bytes === sent, 'all bytes');
        expect(firstWrong(at.received, 0)).toBe(-1);
      }
    });

    it('carries a stream that is written one byte at a time', async () => {
      startBoth();
      const whole = patternBytes(2000);
      for (let at = 0; at < whole.length; at++) a.write(whole.subarray(at, at + 1));
      await until(() => atB.bytes === whole.length);
      expect(firstWrong(atB.received, 0)).toBe(-1);
    });

    it('calls done once for each write, in order, and the chunk may be reused then', async () => {
      startBoth();
      const order: number[] = [];
      for (let n = 0; n < 50; n++) {
        const chunk = patternBytes(997 * 50).slice(n * 997, (n + 1) * 997);
        a.write(chunk, () => {
          order.push(n);
          chunk.fill(0);
        });
      }
      await until(() => order.length === 50 && atB.bytes === 997 * 50);
      expect(order).toEqual(Array.from({ length: 50 }, (_, n) => n));
      await quiet();
      expect(order.length).toBe(50);
      expect(firstWrong(atB.received, 0)).toBe(-1);
    });

    it('holds no more than its bound while nothing is consumed, then loses nothing, both ways', async () => {
      startBoth();
      for (const { from, to, at } of bothWays()) {
        at.isHolding = true;
        const total = pair.maxHeldBytes * 2 + 100_000;
        from.write(patternBytes(total));
        await until(() => to.isPaused, 'the pause', slowlyMs);
        await quiet();
        expect(at.bytes).toBeLessThanOrEqual(pair.maxHeldBytes);
        expect(to.unconsumedBytes).toBe(at.bytes);
        at.release();
        await until(() => at.bytes === total, 'the rest');
        expect(at.mostUnconsumedBytes).toBeLessThanOrEqual(pair.maxHeldBytes);
        expect(firstWrong(at.received, 0)).toBe(-1);
        expect(to.unconsumedBytes).toBe(0);
      }
    });

    it('throws when more is acknowledged than was delivered', async () => {
      startBoth();
      atB.isHolding = true;
      a.write(patternBytes(10));
      await until(() => atB.bytes === 10);
      expect(() => b.consumed(11)).toThrow();
      b.consumed(10);
      expect(() => b.consumed(1)).toThrow();
    });

    it('takes one listener each', () => {
      expect(() => a.onData(() => undefined)).toThrow();
      expect(() => a.onEnd(() => undefined)).toThrow();
      expect(() => a.onClose(() => undefined)).toThrow();
    });

    it('tells the end behind the last byte, though reading was paused', async () => {
      startBoth();
      atB.isHolding = true;
      const total = pair.maxHeldBytes + 50_000;
      a.write(patternBytes(total));
      a.end();
      a.end();
      await until(() => b.isPaused, 'the pause', slowlyMs);
      await quiet();
      expect(atB.hasEnded).toBe(false);
      atB.release();
      await until(() => atB.hasEnded, 'the end', slowlyMs);
      expect(atB.bytes).toBe(total);
      expect(firstWrong(atB.received, 0)).toBe(-1);
      expect(atB.story.slice(0, 2)).toEqual(['data', 'end']);
    });

    it('goes on the other way after a half-close, and is over when both ways ended', async () => {
      startBoth();
      if (!a.canHalfClose || !b.canHalfClose) {
        a.end();
        await until(() => atA.isClosed && atB.isClosed, 'both to close');
        return;
      }
      a.write(patternBytes(10));
      a.end();
      await until(() => atB.hasEnded);
      b.write(patternBytes(100_000));
      await until(() => atA.bytes === 100_000, 'the answer');
      expect(atA.isClosed).toBe(false);
      b.end();
      await until(() => atA.isClosed && atB.isClosed, 'both to close');
      expect(atA.reasons).toEqual([{ kind: 'ended' }]);
      expect(atB.reasons).toEqual([{ kind: 'ended' }]);
      expect(atA.story).toEqual(['data', 'end', 'close']);
    });

    it('drops what is written after the end and never calls done for it', async () => {
      startBoth();
      let dones = 0;
      a.end();
      a.write(patternBytes(5), () => dones++);
      await until(() => atB.hasEnded || atB.isClosed);
      await quiet();
      expect([dones, atB.bytes]).toEqual([0, 0]);
    });

    it('sends what is queued when closed, then tells the close once and last', async () => {
      startBoth();
      const total = pair.maxHeldBytes + 10_000;
      atB.isHolding = true;
      a.write(patternBytes(total));
      a.close(slowlyMs);
      a.close(slowlyMs);
      await until(() => b.isPaused, 'the pause', slowlyMs);
      atB.release();
      await until(() => atB.hasEnded || atB.isClosed, 'the end', slowlyMs);
      b.end(); // to one that can half-close, a close looks like an end: it may still have something to say
      await until(() => atA.isClosed && atB.isClosed, 'both to close');
      expect(atB.bytes).toBe(total);
      expect(firstWrong(atB.received, 0)).toBe(-1);
      expect(atA.reasons).toEqual([{ kind: 'closed' }]);
      expect([atA.story.at(-1), atB.story.at(-1)]).toEqual(['close', 'close']);
    });

    it('disposes at the deadline when the rest cannot be sent', async () => {
      startBoth();
      atB.isHolding = true;
      let dones = 0;
      const writes = Math.ceil((pair.moreThanTakenBytes ?? 8 << 20) / (1 << 18));
      for (let n = 0; n < writes; n++) a.write(patternBytes(1 << 18), () => dones++);
      await until(() => b.isPaused, 'the pause', slowlyMs);
      a.close(50);
      await until(() => atA.isClosed, 'the deadline');
      const donesAtClose = dones;
      expect(atA.reasons).toEqual([{ kind: 'closed' }]);
      atB.release();
      await until(() => atB.hasEnded || atB.isClosed, 'the news at the other end');
      expect(dones).toBe(donesAtClose);
      expect(dones).toBeLessThan(writes);
    });

    it('ends at once when disposed, and says nothing more', async () => {
      startBoth();
      b.write(patternBytes(100));
      await until(() => atA.bytes === 100);
      a.dispose();
      a.dispose();
      a.close(10);
      await until(() => atB.hasEnded || atB.isClosed, 'the news at the other end');
      b.end();
      await until(() => atA.isClosed && atB.isClosed, 'both to close');
      const story = [...atA.story];
      let dones = 0;
      a.write(patternBytes(5), () => dones++);
      a.end();
      a.consumed(1);
      b.write(patternBytes(5), () => dones++);
      await quiet();
      expect(atA.story).toEqual(story);
      expect(atA.reasons).toEqual([{ kind: 'closed' }]);
      expect(atB.reasons.length).toBe(1);
      expect(dones).toBe(0);
    });

    it('delivers nothing after close was asked for', async () => {
      startBoth();
      a.close(1000);
      b.write(patternBytes(100));
      await until(() => atA.isClosed);
      await quiet();
      expect(atA.bytes).toBe(0);
    });
  });

  describe(`${name} as a ByteDuplex that is watched late`, () => {
    it('still tells a close that came before anybody listened', async () => {
      const pair = await makePair();
      const { a, b } = pair;
      const reasons: string[] = [];
      a.dispose();
      await quiet();
      a.onClose((reason) => reasons.push(reason.kind));
      await until(() => reasons.length > 0, 'the close');
      await quiet();
      expect(reasons).toEqual(['closed']);
      b.dispose();
      await pair.dispose();
    });
  });
}
