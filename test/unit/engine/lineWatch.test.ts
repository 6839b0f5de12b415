import { describe, expect, it } from 'vitest';

import type { TcpState } from '../../../electron/engine/net/tcpState.ts';
import { LineWatch } from '../../../electron/engine/tunnel/lineWatch.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

const heartbeatMs = 20_000;
const waiting = { resends: 0, probes: 0, queuedBytes: 0 };
const resent = (resends: number, queuedBytes = 5000): TcpState => ({
  ...waiting,
  waitsFor: 'resent',
  resends,
  queuedBytes,
});
const closedWindow = (probes: number): TcpState => ({ ...waiting, waitsFor: 'window', probes, queuedBytes: 1 << 20 });

function setUp(look: (atMs: number) => TcpState | undefined) {
  const clock = new FakeClock();
  const story: string[] = [];
  const onPulse = (pulse: string) => story.push(`${pulse} at ${clock.nowMs() / heartbeatMs}`);
  const watch = new LineWatch({ heartbeatMs, clock, onPulse, line: { tcpState: () => look(clock.nowMs()) } });
  return { clock, story, watch };
}

/** What the system shows of a peer that vanished: it sends again after 0.2 s, 0.4 s, 0.8 s and so on. */
const vanished = (atMs: number) => resent(Math.floor(Math.log2(1 + atMs / 200)));

describe('the watch over a line', () => {
  it('calls a vanished peer late within 1.5 heartbeats and dead within 3, and says nothing more', () => {
    const { clock, story } = setUp(vanished);
    clock.advance(heartbeatMs * 10);
    expect(story).toEqual(['late at 1.2', 'dead at 2.6']);
    expect(clock.timerCount).toBe(0);
  });

  it('never calls a peer dead that answers the probes of its closed window', () => {
    const { clock, story } = setUp((atMs) => closedWindow((atMs / 4000) % 2));
    clock.advance(heartbeatMs * 100);
    expect(story).toEqual([]);
  });

  it('calls one dead that left with its window closed', () => {
    const { clock, story } = setUp((atMs) => closedWindow(Math.floor(atMs / 10_000)));
    clock.advance(heartbeatMs * 6);
    expect(story.map((line) => line.split(' ')[0])).toEqual(['late', 'dead']);
  });

  it('takes a line that loses much and yet moves for what it is', () => {
    const shrinking = setUp((atMs) => resent(3, 1_000_000 - atMs));
    shrinking.clock.advance(heartbeatMs * 10);
    expect(shrinking.story).toEqual([]);
    const upAndDown = setUp((atMs) => resent(1 + ((atMs / 4000) % 3)));
    upAndDown.clock.advance(heartbeatMs * 10);
    expect(upAndDown.story).toEqual([]);
  });

  it('gives up nobody after a single resend, however long ago', () => {
    const { clock, story } = setUp(() => resent(1));
    clock.advance(heartbeatMs * 10);
    expect(story).toEqual(['late at 1.2']);
  });

  it('is alive again with the first sign of life', () => {
    const { clock, story, watch } = setUp(vanished);
    clock.advance(heartbeatMs * 2);
    watch.heard();
    clock.advance(heartbeatMs * 0.4);
    expect(story).toEqual(['late at 1.2', 'alive at 2.2']);
    clock.advance(heartbeatMs * 3);
    expect(story.slice(2)).toEqual(['late at 3.2', 'dead at 4.6']);
  });

  it('calls a silent peer late when two probes were not answered', () => {
    const { clock, story } = setUp((atMs) => ({
      ...waiting,
      waitsFor: 'keepalive',
      probes: Math.max(0, Math.floor((atMs - heartbeatMs) / 1000)),
    }));
    clock.advance(heartbeatMs * 1.4);
    expect(story).toEqual(['late at 1.2']);
  });

  it('holds nothing against a peer while this machine slept', () => {
    const { clock, story } = setUp((atMs) => (atMs > heartbeatMs ? resent(8) : undefined));
    clock.advance(heartbeatMs);
    clock.sleep(heartbeatMs * 50);
    expect(story).toEqual([]);
    clock.advance(heartbeatMs);
    expect(story).toEqual([]);
  });

  it('knows nothing and says nothing where the system tells nothing', () => {
    const { clock, story } = setUp(() => undefined);
    clock.advance(heartbeatMs * 10);
    expect(story).toEqual([]);
  });

  it('asks for what is no older than half of the time between two looks', () => {
    const clock = new FakeClock();
    const ages: number[] = [];
    const tcpState = (maxAgeMs: number) => {
      ages.push(maxAgeMs);
      return undefined;
    };
    const watch = new LineWatch({ heartbeatMs, clock, onPulse: () => {}, line: { tcpState } });
    clock.advance(heartbeatMs);
    watch.dispose();
    expect(ages).toEqual([2000, 2000, 2000, 2000, 2000]);
    expect(clock.timerCount).toBe(0);
  });

  it('shares one timer with all of the same rhythm, which is gone with the last', () => {
    const clock = new FakeClock();
    const dead: number[] = [];
    const watches = [1, 2, 3].map((n) => {
      const line = { tcpState: () => (n === 2 ? vanished(clock.nowMs()) : undefined) };
      return new LineWatch({ heartbeatMs, clock, line, onPulse: (pulse) => pulse === 'dead' && dead.push(n) });
    });
    expect(clock.timerCount).toBe(1);
    clock.advance(heartbeatMs * 3);
    expect(dead).toEqual([2]);
    expect(clock.timerCount).toBe(1);
    for (const watch of watches) watch.dispose();
    expect(clock.timerCount).toBe(0);
  });
});
