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
      expect(phase).toBe('lost');
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
