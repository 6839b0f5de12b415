import { beforeEach, describe, expect, it } from 'vitest';

import { AppError } from '../../../shared/base/errors.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { emptyFrame, frameType, headerBytes, jsonFrame } from '../../../shared/wire/frame.ts';
import type { Link } from '../../../shared/wire/link.ts';
import { createMemoryLinkPair } from '../../../shared/wire/memoryLink.ts';
import type { ChannelHandlers, MethodHandlers } from '../../../shared/wire/peer.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { patternBytes } from '../../support/bytes.ts';
import { consoleParams, joinPeers, type PeerPair } from '../../support/peers.ts';
import { Recorder } from '../../support/recorder.ts';

const hello = {
  version: '1',
  host: 'in-process' as const,
  hasDemo: false,
  settings: { theme: 'system' as const, releaseKey: 'ControlRight' as const, terminalFontSizePx: 12 },
};

interface Setup extends PeerPair {
  readonly clock: FakeClock;
  readonly pageLink: Link;
  readonly engineLink: Link;
}

function join(options: { methods?: Partial<MethodHandlers>; channels?: Partial<ChannelHandlers> } = {}): Setup {
  const clock = new FakeClock();
  const [a, b] = createMemoryLinkPair();
  return { ...joinPeers({ a, b }, { clock, ...options }), clock, pageLink: a, engineLink: b };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

describe('calls', () => {
  it('carries parameters to the handler and its result back', async () => {
    const seen: unknown[] = [];
    const { page } = join({
      methods: {
        'app.hello': (params) => {
          seen.push(params);
          return hello;
        },
      },
    });
    expect(await page.call('app.hello', { wireVersion: 1 })).toEqual(hello);
    expect(seen).toEqual([{ wireVersion: 1 }]);
  });

  it('answers many calls in any order', async () => {
    const answers: (() => void)[] = [];
    const { page } = join({
      methods: {
        'task.stop': () => new Promise((resolve) => answers.push(() => resolve({}))),
        'guest.power': () => ({ upid: 'U' }),
      },
    });
    const slow = page.call('task.stop', { clusterId: 'c', upid: 'U' });
    expect(await page.call('guest.power', { clusterId: 'c', guestId: 'qemu/1', action: 'start' })).toEqual({
      upid: 'U',
    });
    answers[0]!();
    expect(await slow).toEqual({});
  });

  it("rejects with the handler's error, and hides nothing of code, retry and detail", async () => {
    const { page } = join({
      methods: {
        'task.stop': () => {
          throw new AppError('forbidden', 'The privilege Sys.Modify is missing.', { retry: 'later', detail: { a: 1 } });
        },
      },
    });
    await expect(page.call('task.stop', { clusterId: 'c', upid: 'U' })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'The privilege Sys.Modify is missing.',
      retry: 'later',
      detail: { a: 1 },
    });
  });

  it('refuses parameters that break the contract before they are sent, and does not repeat their value', async () => {
    const { page } = join();
    const call = page.call('session.answer', { challengeId: 'c', kind: 'totp', code: 'x'.repeat(1000) });
    await expect(call).rejects.toMatchObject({
      code: 'invalid',
      message: expect.not.stringContaining('xxx') as string,
    });
  });

  it('aborts the handler when the page gives up, and ignores the late answer', async () => {
    let aborted: unknown;
    let answer = () => undefined as unknown;
    const { page, violations } = join({
      methods: {
        'task.stop': (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              aborted = signal.reason;
            });
            answer = () => resolve({});
          }),
      },
    });
    const controller = new AbortController();
    const call = page.call('task.stop', { clusterId: 'c', upid: 'U' }, { signal: controller.signal });
    await settle();
    controller.abort();
    expect(await codeOf(call)).toBe('aborted');
    await settle();
    expect(aborted).toMatchObject({ code: 'aborted' });
    answer();
    await settle();
    expect(violations).toEqual([]);
    const late = page.call('task.stop', { clusterId: 'c', upid: 'U' }, { signal: controller.signal });
    expect(await codeOf(late)).toBe('aborted');
  });

  it("fails a call whose answer breaks the contract: the engine's bug stays in the engine", async () => {
    const { page } = join({ methods: { 'app.hello': () => ({ ...hello, version: 5 }) as unknown as typeof hello } });
    expect(await codeOf(page.call('app.hello', { wireVersion: 1 }))).toBe('internal');
  });

  it('answers busy beyond 256 calls at once, and takes calls again after', async () => {
    const answers: (() => void)[] = [];
    const { page } = join({
      methods: { 'task.stop': () => new Promise((resolve) => answers.push(() => resolve({}))) },
    });
    const call = () => codeOf(page.call('task.stop', { clusterId: 'c', upid: 'U' }));
    const calls = Array.from({ length: 256 }, call);
    expect(await call()).toBe('busy');
    for (const answer of answers) answer();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['no error']));
    const again = call();
    await settle();
    answers.at(-1)!();
    expect(await again).toBe('no error');
  });
});

describe('events', () => {
  it('reach their listeners until those are disposed', async () => {
    const { page, engine } = join();
    const seen: unknown[] = [];
    const listening = page.on('settings.changed', (data) => seen.push(data));
    engine.emit('settings.changed', { settings: hello.settings });
    engine.emit('clusters.changed', { clusters: [] });
    await settle();
    listening.dispose();
    engine.emit('settings.changed', { settings: hello.settings });
    await settle();
    expect(seen).toEqual([{ settings: hello.settings }]);
  });

  it('are checked before they are sent', () => {
    const { engine } = join();
    expect(() => engine.emit('clusters.changed', { clusters: [{}] } as never)).toThrow('not as agreed');
  });

  it('bounds what a page does not take: the link is closed with limit', async () => {
    const [a, b] = createMemoryLinkPair();
    const { engine } = joinPeers({ a: { ...deaf(a) }, b }, { clock: new FakeClock() });
    const reasons: CloseReason[] = [];
    engine.onClose((reason) => reasons.push(reason));
    let emits = 0;
    for (; reasons.length === 0 && emits < 1000; emits++) {
      engine.emit('inventory.changed', { ...inventory, removedGuests: ['x'.repeat(200_000)] });
      await Promise.resolve();
    }
    expect(emits).toBeGreaterThan(100);
    expect(emits).toBeLessThan(200);
    expect(reasons[0]).toMatchObject({ kind: 'failed', error: { code: 'limit' } });
    engine.emit('inventory.changed', inventory);
  });

  it('go on for ever to a page that takes them', async () => {
    const { page, engine } = join();
    let events = 0;
    page.on('inventory.changed', () => events++);
    for (let n = 0; n < 400; n++) {
      engine.emit('inventory.changed', { ...inventory, removedGuests: ['x'.repeat(200_000)] });
      await settle();
    }
    expect(events).toBe(400);
  });

  it('refuses an event larger than the link takes', () => {
    const { engine } = join();
    expect(() => engine.emit('inventory.changed', { ...inventory, removedGuests: ['x'.repeat(17 << 20)] })).toThrow(
      'larger than the link takes',
    );
  });
});

const inventory = { clusterId: 'c', full: false, nodes: [], guests: [], removedNodes: [], removedGuests: [] };

/** A page that is frozen: nothing it is sent is handled. */
function deaf(link: Link): Link {
  return {
    label: link.label,
    maxFrameBytes: link.maxFrameBytes,
    send: (frame) => link.send(frame),
    onFrame: () => link.onFrame(() => undefined),
    onClose: (listener) => link.onClose(listener),
    start: () => link.start(),
    close: () => link.close(),
  };
}

describe('channels', () => {
  it('are opened with checked parameters and know their number on both sides', async () => {
    const { page, opened } = join();
    const first = page.open('console', consoleParams);
    const second = page.open('task.log', { clusterId: 'c', upid: 'U' });
    await settle();
    expect(opened.map(({ kind, params, channel }) => [kind, params, channel.number])).toEqual([
      ['console', consoleParams, first.number],
      ['task.log', { clusterId: 'c', upid: 'U' }, second.number],
    ]);
  });

  it("tell a refusal as the channel's close, though it was not started", async () => {
    const refusal = new AppError('not-running', 'The guest is off. Start it.', { detail: { vmid: 100 } });
    const { page } = join({
      channels: { console: (_, channel) => channel.close(0, { kind: 'failed', error: refusal }) },
    });
    const atPage = new Recorder(page.open('console', consoleParams));
    await settle();
    expect(atPage.reasons).toMatchObject([{ kind: 'failed', error: refusal.toInfo() }]);
  });

  it('tell an error thrown by the handler the same way', async () => {
    const { page, violations } = join({
      channels: {
        console: () => {
          throw new AppError('no-console', 'This guest has no screen.');
        },
      },
    });
    const atPage = new Recorder(page.open('console', consoleParams));
    await settle();
    expect(atPage.reasons).toMatchObject([{ kind: 'failed', error: { code: 'no-console' } }]);
    expect(violations).toEqual([]);
  });

  it('deliver what came before an orderly close, though it was not started then', async () => {
    const { page, opened } = join();
    const channel = page.open('console', consoleParams);
    await settle();
    opened[0]!.channel.write(patternBytes(1000));
    opened[0]!.channel.close(1000, { kind: 'ended' });
    await settle();
    const atPage = new Recorder(channel);
    await settle();
    expect(atPage.isClosed).toBe(false);
    channel.start();
    await settle();
    expect([atPage.bytes, atPage.story, atPage.reasons]).toEqual([1000, ['data', 'close'], [{ kind: 'ended' }]]);
  });

  it("tell the engine at once that the page's channel is gone, though the engine has not started it", async () => {
    const { page, opened } = join();
    const channel = page.open('console', consoleParams);
    channel.write(patternBytes(10));
    await settle();
    const atEngine = new Recorder(opened[0]!.channel);
    channel.dispose();
    await settle();
    expect(atEngine.reasons).toMatchObject([{ kind: 'failed', error: { code: 'closed' } }]);
    expect(atEngine.bytes).toBe(0);
  });

  it('break off when more than 8 MiB wait for credit', async () => {
    const { page, opened } = join();
    const channel = page.open('console', consoleParams);
    const atPage = new Recorder(channel);
    await settle();
    const atEngine = new Recorder(opened[0]!.channel);
    channel.write(patternBytes(8 << 20));
    await settle();
    expect(atPage.isClosed).toBe(false);
    channel.write(patternBytes(1 << 20));
    await settle();
    expect(atPage.reasons).toMatchObject([{ kind: 'failed', error: { code: 'limit' } }]);
    expect(atEngine.reasons).toMatchObject([{ kind: 'failed', error: { code: 'limit' } }]);
  });

  it('are at most 256 at once, and closed ones make room', async () => {
    const { page, opened } = join();
    const channels = Array.from({ length: 256 }, () => page.open('console', consoleParams));
    const refused = new Recorder(page.open('console', consoleParams));
    await settle();
    expect(refused.reasons).toMatchObject([{ kind: 'failed', error: { code: 'limit' } }]);
    channels[7]!.dispose();
    await settle();
    page.open('console', consoleParams);
    await settle();
    expect(opened.length).toBe(257);
  });

  it('do not hear a listener of another that throws', async () => {
    const { page, opened, violations } = join();
    const bad = page.open('console', consoleParams);
    const good = new Recorder(page.open('console', consoleParams));
    bad.onData(() => {
      throw new Error('a bug in a view');
    });
    const badReasons: CloseReason[] = [];
    bad.onClose((reason) => badReasons.push(reason));
    bad.start();
    good.duplex.start();
    await settle();
    opened[0]!.channel.write(patternBytes(10));
    opened[1]!.channel.write(patternBytes(10));
    await settle();
    expect([good.bytes, good.isClosed]).toEqual([10, false]);
    expect(badReasons).toMatchObject([{ kind: 'failed', error: { code: 'internal' } }]);
    expect(violations.length).toBe(1);
  });
});

describe('a page that breaks the rules', () => {
  let setup: Setup;
  let good: Recorder;
  let send: (frame: Uint8Array) => void;

  beforeEach(async () => {
    setup = join({ methods: { 'app.hello': () => hello } });
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
    const { page, engine, opened } = join({ methods: { 'task.stop': () => new Promise(() => undefined) } });
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
    const { page } = join({
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
    const { clock, page, engine } = join();
    const closes: string[] = [];
    page.onClose(() => closes.push('page'));
    engine.onClose(() => closes.push('engine'));
    await clock.advanceAsync(3_600_000);
    expect(closes).toEqual([]);
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

  it('leaves no timer behind', async () => {
    const { clock, page } = join();
    page.open('console', consoleParams).close(1000);
    page.close();
    await settle();
    expect(clock.timerCount).toBe(0);
  });
});
