import { describe, expect, it } from 'vitest';

import { AppError } from '../../../shared/base/errors.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import type { Link } from '../../../shared/wire/link.ts';
import { createMemoryLinkPair } from '../../../shared/wire/memoryLink.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { patternBytes } from '../../support/bytes.ts';
import { codeOf, hello, joinInMemory } from '../../support/joinInMemory.ts';
import { consoleParams, joinPeers } from '../../support/peers.ts';
import { Recorder } from '../../support/recorder.ts';

describe('calls', () => {
  it('carries parameters to the handler and its result back', async () => {
    const seen: unknown[] = [];
    const { page } = joinInMemory({
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
    const { page } = joinInMemory({
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
    const { page } = joinInMemory({
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
    const { page } = joinInMemory();
    const call = page.call('session.answer', { challengeId: 'c', kind: 'totp', code: 'x'.repeat(1000) });
    await expect(call).rejects.toMatchObject({
      code: 'invalid',
      message: expect.not.stringContaining('xxx') as string,
    });
  });

  it('aborts the handler when the page gives up, and ignores the late answer', async () => {
    let aborted: unknown;
    let answer = () => undefined as unknown;
    const { page, violations } = joinInMemory({
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

  it('stops listening to the signal of a call that was answered', async () => {
    const { page } = joinInMemory({ methods: { 'app.hello': () => hello } });
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const call = page.call('app.hello', { wireVersion: 1 }, { signal });
    expect(listeners).toBe(1);
    await call;
    expect(listeners).toBe(0);
  });

  it("fails a call whose answer breaks the contract: the engine's bug stays in the engine", async () => {
    const { page } = joinInMemory({
      methods: { 'app.hello': () => ({ ...hello, version: 5 }) as unknown as typeof hello },
    });
    expect(await codeOf(page.call('app.hello', { wireVersion: 1 }))).toBe('internal');
  });

  it('answers busy beyond 256 calls at once, and takes calls again after', async () => {
    const answers: (() => void)[] = [];
    const { page } = joinInMemory({
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
    const { page, engine } = joinInMemory();
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
    const { engine } = joinInMemory();
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
    const { page, engine } = joinInMemory();
    let events = 0;
    page.on('inventory.changed', () => events++);
    for (let n = 0; n < 400; n++) {
      engine.emit('inventory.changed', { ...inventory, removedGuests: ['x'.repeat(200_000)] });
      await settle();
    }
    expect(events).toBe(400);
  });

  it('refuses an event larger than the link takes', () => {
    const { engine } = joinInMemory();
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
    const { page, opened } = joinInMemory();
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
    const { page } = joinInMemory({
      channels: { console: (_, channel) => channel.close(0, { kind: 'failed', error: refusal }) },
    });
    const atPage = new Recorder(page.open('console', consoleParams));
    await settle();
    expect(atPage.reasons).toMatchObject([{ kind: 'failed', error: refusal.toInfo() }]);
  });

  it('tell an error thrown by the handler the same way', async () => {
    const { page, violations } = joinInMemory({
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
    const { page, opened } = joinInMemory();
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
    const { page, opened } = joinInMemory();
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
    const { page, opened } = joinInMemory();
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
    const { page, opened } = joinInMemory();
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
    const { page, opened, violations } = joinInMemory();
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
