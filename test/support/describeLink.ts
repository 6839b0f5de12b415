import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { CloseReason } from '../../shared/flow/duplex.ts';
import type { Link } from '../../shared/wire/link.ts';
import { firstWrong, patternBytes } from './bytes.ts';
import { quiet, until } from './until.ts';

export interface LinkPair {
  readonly a: Link;
  readonly b: Link;
  /** The largest frame to try; smaller where the transport is slowed down for the test. */
  readonly largestBytes?: number;
  dispose(): Promise<void> | void;
}

/** The contract of `shared/wire/link.ts`. Every kind of link runs it. */
export function describeLink(name: string, makePair: () => Promise<LinkPair> | LinkPair): void {
  describe(`${name} as a Link`, () => {
    let pair: LinkPair;
    let a: Link;
    let b: Link;
    let framesAtA: Uint8Array[];
    let framesAtB: Uint8Array[];
    let reasonsAtA: CloseReason[];
    let reasonsAtB: CloseReason[];

    beforeEach(async () => {
      pair = await makePair();
      ({ a, b } = pair);
      framesAtA = [];
      framesAtB = [];
      reasonsAtA = [];
      reasonsAtB = [];
      a.onFrame((frame) => framesAtA.push(frame.slice()));
      b.onFrame((frame) => framesAtB.push(frame.slice()));
      a.onClose((reason) => reasonsAtA.push(reason));
      b.onClose((reason) => reasonsAtB.push(reason));
    });
    afterEach(async () => {
      a.close();
      b.close();
      await pair.dispose();
    });

    it('is born paused: frames wait for start and none is lost', async () => {
      a.start();
      a.send(patternBytes(100));
      a.send(patternBytes(200));
      await quiet();
      expect(framesAtB).toEqual([]);
      b.start();
      await until(() => framesAtB.length === 2);
      expect(framesAtB.map((frame) => frame.length)).toEqual([100, 200]);
    });

    it('carries whole frames of all sizes in order, both ways', async () => {
      a.start();
      b.start();
      const largest = pair.largestBytes ?? 2_000_000;
      const sizes = [1, 5, 125, 126, 127, 4000, 65_535, 65_536, 300_000, 2_000_000, 9].filter(
        (size) => size <= largest,
      );
      for (const size of sizes) {
        a.send(patternBytes(size, size));
        b.send(patternBytes(size, size));
      }
      await until(() => framesAtA.length === sizes.length && framesAtB.length === sizes.length, 'all frames');
      for (const frames of [framesAtA, framesAtB]) {
        expect(frames.map((frame) => frame.length)).toEqual(sizes);
        for (const frame of frames) expect(firstWrong(frame, 0, frame.length)).toBe(-1);
      }
    });

    it('takes one listener each', () => {
      expect(() => a.onFrame(() => undefined)).toThrow();
      expect(() => a.onClose(() => undefined)).toThrow();
    });

    it('delivers what was sent before the close, then tells both sides once', async () => {
      a.start();
      b.start();
      a.send(patternBytes(50));
      a.close();
      a.close();
      a.send(patternBytes(60));
      await until(() => reasonsAtA.length > 0 && reasonsAtB.length > 0, 'both to close');
      await quiet();
      expect(framesAtB.map((frame) => frame.length)).toEqual([50]);
      expect(reasonsAtA).toEqual([{ kind: 'closed' }]);
      expect(reasonsAtB).toEqual([{ kind: 'ended' }]);
    });

    it('delivers nothing after it was closed', async () => {
      a.start();
      b.start();
      a.close();
      b.send(patternBytes(10));
      await until(() => reasonsAtB.length > 0);
      await quiet();
      expect(framesAtA).toEqual([]);
    });
  });
}
