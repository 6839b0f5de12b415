import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { call, hasEngine } from '../../../renderer/api/engine.ts';
import { EngineConnection } from '../../../renderer/link/connection.ts';
import { useConnection } from '../../../renderer/state/connection.ts';
import { useMeters } from '../../../renderer/state/meters.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakePeer } from './fakePage.ts';

const lost = { kind: 'failed', error: new AppError('link-lost', 'gone', { retry: 'later' }) } as const;

let clock: FakeClock;
let peers: FakePeer[];
let connect: () => Promise<FakePeer>;
let connection: EngineConnection;

beforeEach(() => {
  clock = new FakeClock();
  peers = [];
  connect = () => {
    const peer = new FakePeer();
    peers.push(peer);
    return Promise.resolve(peer);
  };
  useConnection.setState(useConnection.getInitialState(), true);
  connection = new EngineConnection({ clock, connect: () => connect() });
});

afterEach(() => {
  connection.dispose();
  expect(clock.timerCount).toBe(0);
});

describe('the connection to the engine', () => {
  it('says hello and is ready', async () => {
    connection.start();
    await clock.advanceAsync(0);
    expect(peers[0]?.calls).toEqual(['app.hello']);
    expect(useConnection.getState()).toMatchObject({ phase: 'ready', generation: 1 });
    expect(hasEngine()).toBe(true);
  });

  it('tries again at once after a loss, then with waits that end at 10 s, and forgets the old peer', async () => {
    connection.start();
    await clock.advanceAsync(0);
    connect = () => Promise.reject(new AppError('link-lost', 'refused', { retry: 'later' }));
    peers[0]?.lose(lost);
    expect(hasEngine()).toBe(false);
    await expect(call('demo.open', {})).rejects.toMatchObject({ code: 'link-lost' });
    const waits: number[] = [];
    for (let tries = 0; tries < 12; tries++) {
      await clock.advanceAsync(0);
      const { nextTryAtMs, phase } = useConnection.getState();
      if (tries === 0 || tries > 4) expect(phase).toBe(tries === 0 ? 'ready' : 'lost'); // a moment is not worth a word
      waits.push(nextTryAtMs! - clock.wallMs());
      await clock.advanceAsync(waits.at(-1)!);
    }
    expect(waits[0]).toBeLessThanOrEqual(400);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    expect(peers[0]?.listenerCount).toBe(0);
    connect = () => {
      peers.push(new FakePeer());
      return Promise.resolve(peers.at(-1)!);
    };
    connection.tryNow();
    await clock.advanceAsync(0);
    expect(useConnection.getState()).toMatchObject({ phase: 'ready', generation: 2, attempt: 0 });
  });

  it('closes a peer whose hello fails, and tries again', async () => {
    const first = new FakePeer();
    first.hello = () => Promise.reject(new AppError('busy', 'starting', { retry: 'later' }));
    let tries = 0;
    connect = () => Promise.resolve(tries++ === 0 ? first : new FakePeer());
    connection.start();
    await clock.advanceAsync(0);
    expect(first.isClosed).toBe(true);
    await clock.advanceAsync(1_000);
    expect(useConnection.getState().phase).toBe('ready');
  });

  it('asks for a reload where engine and page are of different builds, and tries no more', async () => {
    connect = () => {
      const peer = new FakePeer();
      peer.hello = () => Promise.reject(new AppError('unsupported', 'another version'));
      return Promise.resolve(peer);
    };
    connection.start();
    await clock.advanceAsync(60_000);
    expect(useConnection.getState().phase).toBe('outdated');
  });

  it('feeds the stores from the peer that lives and from no other', async () => {
    connection.start();
    await clock.advanceAsync(0);
    const meters = (heldBytes: number) => ({ heldBytes, budgetBytes: 100, relays: [] });
    peers[0]?.emit('meters.changed', meters(7));
    expect(useMeters.getState().heldBytes).toBe(7);
    peers[0]?.lose(lost);
    expect(useMeters.getState().heldBytes).toBe(0);
    await clock.advanceAsync(0);
    peers[0]?.emit('meters.changed', meters(8));
    expect(useMeters.getState().heldBytes).toBe(0);
    peers[1]?.emit('meters.changed', meters(9));
    expect(useMeters.getState().heldBytes).toBe(9);
  });
});

describe('a link that was lost', () => {
  const cut = async (peer: FakePeer, afterMs: number) => {
    await clock.advanceAsync(afterMs);
    peer.quietMs = afterMs;
    peer.lose(lost);
    await clock.advanceAsync(0);
  };

  it('is resumed with how far it came; one that ended before all was told changes nothing of that', async () => {
    connection.start();
    await clock.advanceAsync(0);
    expect(peers[0]?.greeting).toEqual({ wireVersion: 1 });
    peers[0]!.sequence = 7;
    await cut(peers[0]!, 20_000);
    expect(peers[1]?.greeting).toMatchObject({ resume: { epoch: 'first', sequence: 7 } });
    await cut(peers[1]!, 15_000);
    expect(peers[2]?.greeting).toMatchObject({ resume: { epoch: 'first', sequence: 7 } });
  });

  it('shows only where it is not replaced in a moment', async () => {
    connection.start();
    await clock.advanceAsync(0);
    const phases: string[] = [];
    const stop = useConnection.subscribe(({ phase }) => phases.push(phase));
    await cut(peers[0]!, 20_000);
    await clock.advanceAsync(5_000);
    expect(new Set(phases)).toEqual(new Set(['ready']));
    connect = () => new Promise(() => undefined);
    await cut(peers[1]!, 20_000);
    await clock.advanceAsync(1_000);
    expect(phases.at(-1)).toBe('lost');
    stop();
  });

  it('is asked for life when the network changed, and tried at once where it is lost', async () => {
    connection.start();
    await clock.advanceAsync(0);
    connection.handleOnline();
    expect(peers[0]?.checks).toEqual([10_000]);
    connect = () => Promise.reject(new AppError('link-lost', 'refused', { retry: 'later' }));
    await cut(peers[0]!, 20_000);
    await clock.advanceAsync(0);
    expect(useConnection.getState().nextTryAtMs).toBeDefined();
    connect = () => Promise.resolve(new FakePeer());
    connection.handleOnline();
    await clock.advanceAsync(0);
    expect(useConnection.getState()).toMatchObject({ phase: 'ready', generation: 2 });
  });

  it('is not resumed in another run of the engine', async () => {
    connection.start();
    await clock.advanceAsync(0);
    peers[0]!.sequence = 7;
    connect = () => {
      const peer = new FakePeer();
      const hello = peer.hello;
      peer.hello = async () => ({ ...((await hello()) as object), epoch: 'second' });
      peers.push(peer);
      return Promise.resolve(peer);
    };
    await cut(peers[0]!, 20_000);
    await cut(peers[1]!, 20_000);
    expect(peers[2]?.greeting?.resume).toBeUndefined();
  });

  it('waits longer and longer where every link is lost right after its hello, and at once again after a steady one', async () => {
    connection.start();
    await clock.advanceAsync(0);
    peers[0]?.lose(lost);
    await clock.advanceAsync(0);
    expect(peers).toHaveLength(2); // the first time at once
    const waits: number[] = [];
    for (let times = 0; times < 5; times++) {
      peers.at(-1)!.lose(lost);
      const { nextTryAtMs } = useConnection.getState();
      waits.push(nextTryAtMs! - clock.wallMs());
      await clock.advanceAsync(waits.at(-1)!);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(200);
    expect(waits[4]).toBeGreaterThanOrEqual(3_200);
    await cut(peers.at(-1)!, 10_000);
    expect(useConnection.getState().phase).toBe('ready');
  });

  it('shows life more often once it was cut twice after the same silence', async () => {
    connection.start();
    await clock.advanceAsync(0);
    await cut(peers[0]!, 5_000);
    expect(peers[1]?.greeting?.heartbeatMs).toBeUndefined();
    await cut(peers[1]!, 5_050);
    await clock.advanceAsync(1_000);
    expect(peers[2]?.greeting?.heartbeatMs).toBe(3_000);
  });

  it('is given up where the engine takes it and says nothing', async () => {
    const silent = new FakePeer();
    silent.hello = () => new Promise(() => undefined);
    connect = () => Promise.resolve(silent);
    connection.start();
    await clock.advanceAsync(15_000);
    expect(silent.isClosed).toBe(true);
    expect(useConnection.getState()).toMatchObject({ phase: 'lost', error: { code: 'timeout' } });
  });

  it('that opens after it was given up is closed', async () => {
    const late = new FakePeer();
    let open = (_peer: FakePeer) => undefined as unknown;
    connect = () => new Promise((resolve) => (open = resolve));
    connection.start();
    await clock.advanceAsync(15_000);
    open(late);
    await clock.advanceAsync(0);
    expect(late.isClosed).toBe(true);
  });
});
