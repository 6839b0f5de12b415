import { describe, expect, it } from 'vitest';

import { Backoff } from '../../../shared/flow/backoff.ts';
import { Rate } from '../../../shared/flow/rate.ts';
import { StallWatch } from '../../../shared/flow/stallWatch.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

describe('Backoff', () => {
  it('doubles up to its most and starts over after a success', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 1 - Number.EPSILON });
    const waits = Array.from({ length: 6 }, () => backoff.nextMs());
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
    backoff.reset();
    expect([backoff.attempts, backoff.nextMs()]).toEqual([0, 100]);
  });

  it('spreads waits over the upper half of each step', () => {
    const low = new Backoff({ firstMs: 100, random: () => 0 });
    expect([low.nextMs(), low.nextMs()]).toEqual([50, 100]);
    const waits = new Set(Array.from({ length: 100 }, () => new Backoff({ firstMs: 10_000 }).nextMs()));
    expect(waits.size).toBeGreaterThan(80);
    for (const wait of waits) expect(wait >= 5000 && wait <= 10_000).toBe(true);
  });

  it('stays at its most after a thousand failures', () => {
    const backoff = new Backoff({ maxMs: 5000, random: () => 0.5 });
    for (let n = 0; n < 2000; n++) backoff.nextMs();
    expect(backoff.nextMs()).toBe(3750);
  });
});

describe('Rate', () => {
  it('tells a steady rate, and forgets it when nothing comes', () => {
    const clock = new FakeClock();
    const rate = new Rate(clock);
    for (let n = 0; n < 100; n++) {
      clock.advance(100);
      rate.add(1000);
    }
    expect(rate.bytesPerSecond).toBeGreaterThan(9000);
    expect(rate.bytesPerSecond).toBeLessThan(11_500);
    clock.advance(1500);
    expect(rate.bytesPerSecond).toBeLessThan(6500);
    clock.advance(3000);
    expect(rate.bytesPerSecond).toBe(0);
    clock.advance(1e9);
    rate.add(3000);
    expect(rate.bytesPerSecond).toBeLessThan(1200);
  });

  it('gives no wild number for the first bytes', () => {
    const clock = new FakeClock();
    const rate = new Rate(clock);
    rate.add(1000);
    expect(rate.bytesPerSecond).toBe(4000); // as if a slot of 250 ms had passed
  });
});

describe('StallWatch', () => {
  it('tells once, only when nothing moved for the whole time', () => {
    const clock = new FakeClock();
    let stalls = 0;
    const watch = new StallWatch(clock, 1000, () => stalls++);
    watch.start();
    for (let n = 0; n < 50; n++) {
      clock.advance(900);
      watch.progress();
    }
    expect(stalls).toBe(0);
    clock.advance(999);
    expect(stalls).toBe(0);
    clock.advance(1);
    expect([stalls, watch.isWatching, clock.timerCount]).toEqual([1, false, 0]);
    clock.advance(10_000);
    expect(stalls).toBe(1);
  });

  it('is silent when stopped, and starts over when started again', () => {
    const clock = new FakeClock();
    let stalls = 0;
    const watch = new StallWatch(clock, 1000, () => stalls++);
    watch.start();
    clock.advance(900);
    watch.stop();
    clock.advance(900);
    watch.start();
    clock.advance(999);
    expect(stalls).toBe(0);
    clock.advance(1);
    expect(stalls).toBe(1);
    watch.dispose();
    expect(clock.timerCount).toBe(0);
  });
});
