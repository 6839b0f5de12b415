import { beforeEach, describe, expect, it } from 'vitest';

import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { emptyFrame, frameType, headerBytes, jsonFrame } from '../../../shared/wire/frame.ts';
import { createEnginePeer, type EngineHandlers } from '../../../shared/wire/enginePeer.ts';
import { createMemoryLinkPair } from '../../../shared/wire/memoryLink.ts';
import { createPagePeer } from '../../../shared/wire/pagePeer.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { patternBytes } from '../../support/bytes.ts';
import { codeOf, hello, joinInMemory, type JoinedPeers } from '../../support/joinInMemory.ts';
import { consoleParams, joinPeers } from '../../support/peers.ts';
import { Recorder } from '../../support/recorder.ts';

describe('a page that breaks the rules', () => {
  let setup: JoinedPeers;
  let good: Recorder;
  let send: (frame: Uint8Array) => void;

  beforeEach(async () => {
    setup = joinInMemory({ methods: { 'app.hello': () => hello } });
    good = new Recorder(setup.page.open('console', consoleParams));
    good.duplex.start();
    send = (frame) => setup.pageLink.send(frame);
    await settle();
  });

  const stillGood = async () => {
    setup.opened[0]!.channel.write(patternBytes(10));
    await settle();
    expect([good.bytes, good.isClosed]).toEqual([10, false]);
    expect(await setup.page.call('app.hello', { wireVersion: 1 })).toEqual(hello);
  };

  it('gets protocol for a call with wrong parameters, an unknown method or no JSON', async () => {
    const results: string[] = [];
    const [a, b] = createMemoryLinkPair();
    joinPeers({ a: createMemoryLinkPair()[0], b }, { clock: new FakeClock(), methods: { 'app.hello': () => hello } });
    a.onFrame((frame) => results.push(`${frame[0]} ${frame[4]} ${new TextDecoder().decode(frame.subarray(5))}`));
    a.start();
    a.send(jsonFrame(frameType.call, 1, { method: 'app.hello', params: { wireVersion: 'secret' } }));
    a.send(jsonFrame(frameType.call, 2, { method: 'toString', params: {} }));
    a.send(jsonFrame(frameType.call, 3, { method: 'app.hello', params: { wireVersion: 1, extra: 1 } }));
    a.send(jsonFrame(frameType.call, 4, 'no call'));
    a.send(Uint8Array.of(frameType.call, 0, 0, 0, 5, 0xff, 0xfe));
    await settle();
    expect(results.length).toBe(5);
    results.forEach((result, n) => {
      expect(result).toMatch(new RegExp(`^4 ${n + 1} .*"code":"protocol"`));
      expect(result).not.toContain('secret');
    });
  });

  it.each([
    ['an unknown type', Uint8Array.of(99, 0, 0, 0, 1)],
    ['type 0', Uint8Array.of(0, 0, 0, 0, 1)],
    ['an empty frame', new Uint8Array(0)],
    ['a header cut short', Uint8Array.of(8, 0, 0)],
    ['a credit of wrong size', Uint8Array.of(9, 0, 0, 0, 1, 1)],
    ["the engine's own message", jsonFrame(frameType.event, 0, {})],
    ['data for a channel that never was', Uint8Array.of(8, 0, 0, 0, 77, 1)],
    ['data for channel 0', Uint8Array.of(8, 0, 0, 0, 0, 1)],
    ['a channel number that was used', jsonFrame(frameType.open, 1, { kind: 'console', params: consoleParams })],
    ['more received than sent', emptyFrame(frameType.received, 0xffff_ffff)],
  ])('is not followed into %s, and all else goes on', async (_, frame) => {
    send(frame);
    await settle();
    expect(setup.violations.map(({ code }) => code)).toEqual(['protocol']);
    await stillGood();
  });

  it.each([
    ['an unknown kind', jsonFrame(frameType.open, 2, { kind: 'constructor', params: {} })],
    ['wrong parameters', jsonFrame(frameType.open, 2, { kind: 'console', params: { ...consoleParams, cols: -1 } })],
    ['no JSON', Uint8Array.of(frameType.open, 0, 0, 0, 2, 0x7b)],
  ])('gets its channel closed for an open with %s', async (_, frame) => {
    const [a, b] = createMemoryLinkPair();
    const frames: Uint8Array[] = [];
    joinPeers({ a: createMemoryLinkPair()[0], b }, { clock: new FakeClock() });
    a.onFrame((got) => frames.push(got));
    a.start();
    a.send(frame);
    await settle();
    expect(frames.map((got) => [got[0], got[4]])).toEqual([[frameType.close, 2]]);
    expect(new TextDecoder().decode(frames[0]!.subarray(headerBytes))).toContain('"code":"protocol"');
  });

  it.each([
    ['more data than its credit', () => [data(1, (64 << 10) + 1)]],
    ['data after the end', () => [emptyFrame(frameType.end, 1), data(1, 1)]],
    ['a second end', () => [emptyFrame(frameType.end, 1), emptyFrame(frameType.end, 1)]],
    ['credit it never used', () => [Uint8Array.of(9, 0, 0, 0, 1, 0, 0, 0, 1)]],
    ['a close that is none', () => [jsonFrame(frameType.close, 1, { kind: 'lost' })]],
  ])('gets only that channel closed for %s', async (_, frames) => {
    const other = new Recorder(setup.page.open('console', consoleParams));
    other.duplex.start();
    await settle();
    const atEngine = new Recorder(setup.opened[0]!.channel);
    atEngine.duplex.start();
    for (const frame of frames()) send(frame);
    await settle();
    expect(good.reasons).toMatchObject([{ kind: 'failed', error: { code: 'protocol' } }]);
    expect(atEngine.reasons).toMatchObject([{ kind: 'failed', error: { code: 'protocol' } }]);
    setup.opened[1]!.channel.write(patternBytes(5));
    await settle();
    expect([other.bytes, other.isClosed]).toEqual([5, false]);
  });

  it('is let go after a hundred times', async () => {
    const reasons: CloseReason[] = [];
    setup.engine.onClose((reason) => reasons.push(reason));
    for (let n = 0; n < 100; n++) send(Uint8Array.of(99));
    await settle();
    expect(reasons).toEqual([]);
    send(Uint8Array.of(99));
    await settle();
    expect(reasons).toMatchObject([{ kind: 'failed', error: { code: 'protocol' } }]);
  });
});

function data(number: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(headerBytes + bytes);
  frame.set([frameType.data, 0, 0, 0, number]);
  return frame;
}

describe('an engine that breaks the rules', () => {
  it('fails the call whose answer does not fit, drops bad events, and all else goes on', async () => {
    const [a, b] = createMemoryLinkPair();
    const { page, violations } = joinPeers({ a, b: createMemoryLinkPair()[1] }, { clock: new FakeClock() });
    b.onFrame(() => undefined);
    b.start();
    const bad = codeOf(page.call('app.hello', { wireVersion: 1 }));
    const garbled = codeOf(page.call('app.hello', { wireVersion: 1 }));
    const good = page.call('app.hello', { wireVersion: 1 });
    const seen: unknown[] = [];
    page.on('clusters.changed', (clusters) => seen.push(clusters));
    b.send(jsonFrame(frameType.result, 1, { version: 1 }));
    b.send(Uint8Array.of(frameType.failure, 0, 0, 0, 2, 0x22));
    b.send(jsonFrame(frameType.event, 0, { event: 'clusters.changed', data: { clusters: 'none' } }));
    b.send(jsonFrame(frameType.event, 0, { event: 'hasOwnProperty', data: {} }));
    b.send(jsonFrame(frameType.call, 9, {}));
    b.send(jsonFrame(frameType.event, 0, { event: 'clusters.changed', data: { clusters: [] } }));
    b.send(jsonFrame(frameType.result, 3, hello));
    expect([await bad, await garbled, await good]).toEqual(['protocol', 'protocol', hello]);
    await settle();
    expect(seen).toEqual([{ clusters: [] }]);
    expect(violations.length).toBe(5);
  });
});

describe('the life of a link', () => {
  it('fails calls and channels with link-lost when it ends, and calls after that', async () => {
    const { page, engine, opened } = joinInMemory({ methods: { 'task.stop': () => new Promise(() => undefined) } });
    const call = codeOf(page.call('task.stop', { clusterId: 'c', upid: 'U' }));
    const atPage = new Recorder(page.open('console', consoleParams));
    await settle();
    const atEngine = new Recorder(opened[0]!.channel);
    const reasons: CloseReason[] = [];
    page.onClose((reason) => reasons.push(reason));
    engine.close();
    await settle();
    expect(await call).toBe('link-lost');
    expect(atPage.reasons).toMatchObject([{ kind: 'failed', error: { code: 'link-lost' } }]);
    expect(atEngine.reasons).toEqual([{ kind: 'closed' }]);
    expect(reasons).toEqual([{ kind: 'ended' }]);
    expect(await codeOf(page.call('app.hello', { wireVersion: 1 }))).toBe('link-lost');
    const late = new Recorder(page.open('console', consoleParams));
    await settle();
    expect(late.reasons).toMatchObject([{ kind: 'failed', error: { code: 'link-lost' } }]);
  });

  it('aborts what the engine was working on for a page that is gone', async () => {
    let aborted = false;
    const { page } = joinInMemory({
      methods: {
        'task.stop': (_, { signal }) => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
          return new Promise(() => undefined);
        },
      },
    });
    const call = codeOf(page.call('task.stop', { clusterId: 'c', upid: 'U' }));
    await settle();
    page.close();
    await settle();
    expect([aborted, await call]).toEqual([true, 'link-lost']);
  });

  it('stays alive for an hour of silence, by data both ways at least every 20 s', async () => {
    const { clock, page, engine } = joinInMemory();
    const closes: string[] = [];
    page.onClose(() => closes.push('page'));
    engine.onClose(() => closes.push('engine'));
    await clock.advanceAsync(3_600_000);
    expect(closes).toEqual([]);
  });

  it('takes any frame for a sign of life: a busy engine need not answer pings', async () => {
    const clock = new FakeClock();
    const [a, b] = createMemoryLinkPair();
    const { page } = joinPeers({ a, b: createMemoryLinkPair()[1] }, { clock });
    b.onFrame(() => undefined);
    b.start();
    const story: unknown[] = [];
    page.onLate((isLate) => story.push(isLate));
    page.onClose(({ kind }) => story.push(kind));
    for (let n = 0; n < 20; n++) {
      await clock.advanceAsync(15_000);
      b.send(jsonFrame(frameType.event, 0, { event: 'clusters.changed', data: { clusters: [] } }));
    }
    await clock.advanceAsync(1000);
    expect(story).toEqual([]);
  });

  it('is late after 28 s of silence, back when the engine speaks, and lost after 56 s', async () => {
    const clock = new FakeClock();
    const [a, b] = createMemoryLinkPair();
    const { page } = joinPeers({ a, b: createMemoryLinkPair()[1] }, { clock });
    b.onFrame(() => undefined);
    b.start();
    const story: unknown[] = [];
    page.onLate((isLate) => story.push([clock.nowMs(), isLate]));
    page.onClose((reason) => story.push([clock.nowMs(), reason.kind === 'failed' && reason.error.code]));
    await clock.advanceAsync(30_000);
    b.send(emptyFrame(frameType.pong, 0));
    await clock.advanceAsync(60_000);
    expect(story).toEqual([
      [28_000, true],
      [30_000, false],
      [58_000, true],
      [86_000, 'link-lost'],
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it('holds nothing against a hidden window whose timers come late, nor against a machine that slept', async () => {
    const [a, b] = createMemoryLinkPair();
    const [awake, hidden] = [new FakeClock(), new FakeClock()];
    const engine = createEnginePeer(b, { methods: {}, channels: {} } as unknown as EngineHandlers, awake);
    const page = createPagePeer(a, hidden);
    const story: unknown[] = [];
    page.onLate((isLate) => story.push(isLate));
    page.onClose(({ kind }) => story.push(kind));
    engine.onClose(({ kind }) => story.push(kind));
    for (let minutes = 0; minutes < 60; minutes += 1) await awake.advanceAsync(60_000); // no timer of the page ran
    hidden.sleep(3_600_000); // all of them late
    await hidden.advanceAsync(40_000);
    expect(story).toEqual([]);
    page.close();
    await settle();
  });

  it('shows life as often as told, and does not judge sooner for it', async () => {
    const clock = new FakeClock();
    const [a, b] = createMemoryLinkPair();
    const page = createPagePeer(a, clock);
    let pings = 0;
    b.onFrame((frame) => {
      if (frame[0] === frameType.ping) pings += 1;
    });
    b.start();
    const story: unknown[] = [];
    page.onLate((isLate) => story.push([clock.nowMs(), isLate]));
    page.setHeartbeat(2_000);
    await clock.advanceAsync(27_000);
    expect(pings).toBe(13);
    expect(story).toEqual([]);
    await clock.advanceAsync(1_500);
    expect(story).toEqual([[28_000, true]]);
    page.close();
    await settle();
  });

  it('numbers what may be resumed, and knows the last that was listened to', async () => {
    const { page, engine } = joinInMemory();
    engine.emit('clusters.changed', { clusters: [] }, 7);
    engine.emit('settings.changed', { settings: hello.settings });
    await settle();
    expect(page.sequence).toBe(7);
    page.on('clusters.changed', () => {
      throw new Error('a store that fails');
    });
    engine.emit('clusters.changed', { clusters: [] }, 8);
    await settle();
    expect(page.sequence).toBe(7);
  });

  it('leaves no timer behind', async () => {
    const { clock, page } = joinInMemory();
    page.open('console', consoleParams).close(1000);
    page.close();
    await settle();
    expect(clock.timerCount).toBe(0);
  });
});
