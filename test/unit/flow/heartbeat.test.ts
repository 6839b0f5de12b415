import { describe, expect, it } from 'vitest';

import { Heartbeat, type Pulse } from '../../../shared/flow/heartbeat.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

const intervalMs = 1000;

function beat() {
  const clock = new FakeClock();
  const pings: number[] = [];
  const pulses: [number, Pulse][] = [];
  const heartbeat = new Heartbeat({
    intervalMs,
    clock,
    ping: () => pings.push(clock.nowMs()),
    onPulse: (pulse) => pulses.push([clock.nowMs(), pulse]),
  });
  heartbeat.start();
  return { clock, pings, pulses, heartbeat };
}

describe('Heartbeat', () => {
  it('keeps a healthy silent peer alive for ever and measures the round trip', () => {
    const clock = new FakeClock();
    const pulses: Pulse[] = [];
    let pings = 0;
    const ping = () => {
      pings++;
      clock.timer(30, () => heartbeat.answered());
    };
    const heartbeat = new Heartbeat({ intervalMs, clock, ping, onPulse: (pulse) => pulses.push(pulse) });
    heartbeat.start();
    clock.advance(1000 * intervalMs + 100);
    expect([pulses, heartbeat.roundTripMs, pings]).toEqual([[], 30, 1000]);
  });

  it('calls a silent peer late within 1.5 intervals and dead within 3, late first, and stops', () => {
    const { clock, pings, pulses } = beat();
    clock.advance(10 * intervalMs);
    expect(pulses).toEqual([
      [1400, 'late'],
      [2800, 'dead'],
    ]);
    expect(pings).toEqual([1000, 2000]);
    expect(clock.timerCount).toBe(0);
  });

  it('is alive again when a late peer speaks', () => {
    const { clock, pulses, heartbeat } = beat();
    clock.advance(2000);
    heartbeat.heard();
    expect(pulses.map(([, pulse]) => pulse)).toEqual(['late', 'alive']);
    clock.advance(1399);
    expect(heartbeat.pulse).toBe('alive');
    clock.advance(2);
    expect(heartbeat.pulse).toBe('late');
  });

  it('asks at once when it is told to check, and calls dead in that time who does not answer', () => {
    const { clock, pings, pulses, heartbeat } = beat();
    clock.advance(100);
    heartbeat.check(300);
    clock.advance(10 * intervalMs);
    expect(pings).toEqual([100]);
    expect(pulses).toEqual([
      [400, 'late'],
      [400, 'dead'],
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it('forgets a check that was answered, and makes none while reading is paused', () => {
    const { clock, pings, pulses, heartbeat } = beat();
    heartbeat.check(300);
    clock.advance(200);
    heartbeat.answered();
    clock.advance(1_300);
    expect(pulses).toEqual([]);
    heartbeat.pause();
    const asked = pings.length;
    heartbeat.check(300);
    expect(pings).toHaveLength(asked);
    clock.advance(500);
    expect(pulses).toEqual([]);
    heartbeat.dispose();
  });

  it('sends no ping while traffic goes both ways', () => {
    const { clock, pings, heartbeat } = beat();
    for (let n = 0; n < 100; n++) {
      clock.advance(100);
      heartbeat.heard();
      heartbeat.sent();
    }
    expect(pings).toEqual([]);
  });

  it('pings when only one way has traffic: some proxies count each by itself', () => {
    for (const way of ['heard', 'sent'] as const) {
      const { clock, pings, heartbeat } = beat();
      for (let n = 0; n < 100; n++) {
        clock.advance(100);
        heartbeat[way]();
        if (way === 'sent' && n % 10 === 9) heartbeat.answered();
      }
      expect(pings.length).toBeGreaterThanOrEqual(9);
    }
  });

  it('goes on pinging while reading is paused, and holds no silence against the peer', () => {
    const { clock, pings, pulses, heartbeat } = beat();
    heartbeat.pause();
    clock.advance(600 * intervalMs);
    expect(pings.length).toBeGreaterThanOrEqual(599);
    expect(pulses).toEqual([]);
  });

  it('gives a full interval after reading goes on', () => {
    const { clock, pulses, heartbeat } = beat();
    clock.advance(1300);
    heartbeat.pause();
    clock.advance(50_000);
    heartbeat.resume();
    clock.advance(intervalMs);
    expect(pulses).toEqual([]);
    clock.advance(intervalMs * 2);
    expect(pulses.map(([, pulse]) => pulse)).toEqual(['late', 'dead']);
  });

  it('does not blame the peer when this machine slept, and asks at once', () => {
    const { clock, pings, pulses, heartbeat } = beat();
    clock.sleep(3_600_000);
    expect(pulses).toEqual([]);
    expect(pings.length).toBe(1);
    clock.advance(intervalMs);
    expect(pulses).toEqual([]);
    heartbeat.answered();
    clock.advance(intervalMs);
    expect(heartbeat.pulse).toBe('alive');
  });

  it('still finds a peer that died while this machine slept', () => {
    const { clock, heartbeat } = beat();
    clock.sleep(3_600_000);
    clock.advance(3 * intervalMs);
    expect(heartbeat.pulse).toBe('dead');
  });

  it('stays late where something else shows that the peer lives, and is dead once nothing does', () => {
    const clock = new FakeClock();
    const pulses: Pulse[] = [];
    let isExcused = true;
    const heartbeat = new Heartbeat({
      intervalMs,
      clock,
      ping: () => undefined,
      onPulse: (pulse) => pulses.push(pulse),
      isExcused: () => isExcused,
    });
    heartbeat.start();
    clock.advance(100 * intervalMs);
    expect(pulses).toEqual(['late']);
    isExcused = false;
    clock.advance(3 * intervalMs);
    expect(pulses).toEqual(['late', 'dead']);
  });

  it('takes another interval while it runs, and blames nobody for what the old one allowed', () => {
    const { clock, pings, pulses, heartbeat } = beat();
    clock.advance(900);
    heartbeat.setInterval(100);
    clock.advance(1);
    expect(pings).toEqual([901]);
    heartbeat.answered();
    clock.advance(139);
    expect(pulses).toEqual([]);
    heartbeat.answered();
    heartbeat.setInterval(1000);
    clock.advance(1390);
    expect(pulses).toEqual([]);
    clock.advance(2000);
    expect(pulses.map(([, pulse]) => pulse)).toEqual(['late', 'dead']);
  });

  it('says nothing after it was disposed', () => {
    const { clock, pings, pulses, heartbeat } = beat();
    heartbeat.dispose();
    heartbeat.resume();
    heartbeat.heard();
    clock.advance(100_000);
    expect([pings, pulses, clock.timerCount]).toEqual([[], [], 0]);
  });

  it('may be disposed by its own ping', () => {
    const clock = new FakeClock();
    const heartbeat = new Heartbeat({ intervalMs, clock, ping: () => heartbeat.dispose(), onPulse: () => undefined });
    heartbeat.start();
    clock.advance(10_000);
    expect(clock.timerCount).toBe(0);
  });
});
