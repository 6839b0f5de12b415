import { afterEach, beforeEach, expect, it } from 'vitest';

import { setEngine } from '../../../renderer/api/engine.ts';
import { useConnection } from '../../../renderer/state/connection.ts';
import { followTaskLog, type TaskLog } from '../../../renderer/views/bottom/taskLog.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { FakePeer } from './fakePage.ts';

const lost = { kind: 'failed', error: new AppError('link-lost', 'gone', { retry: 'later' }) } as const;
const task = { clusterId: 'c', upid: 'U' };
const bytes = (text: string) => new TextEncoder().encode(text);

let peer: FakePeer;
let shown: TaskLog | undefined;

beforeEach(() => {
  peer = new FakePeer();
  setEngine(peer);
  shown = undefined;
  Object.assign(globalThis, {
    requestAnimationFrame: (paint: () => void) => {
      queueMicrotask(paint);
      return 1;
    },
    cancelAnimationFrame: () => undefined,
  });
});

afterEach(() => setEngine(undefined));

it('goes on over the next link behind the whole lines that came, and shows no error', async () => {
  const follower = followTaskLog(task, (log) => (shown = log));
  peer.channels[0]!.deliver(bytes('one\ntwo\nhal'));
  await Promise.resolve();
  setEngine(undefined);
  peer.channels[0]!.finish(lost);
  expect(shown).toEqual({ lines: ['one', 'two'], end: undefined });

  const next = new FakePeer();
  setEngine(next);
  useConnection.setState({ generation: 2 });
  expect(next.opened).toEqual([{ ...task, after: 2 }]);
  next.channels[0]!.deliver(bytes('half\n'));
  next.channels[0]!.finish({ kind: 'ended' });
  await Promise.resolve();
  expect(shown).toEqual({ lines: ['one', 'two', 'half'], end: { kind: 'ended' } });
  useConnection.setState({ generation: 3 });
  expect(next.opened).toHaveLength(1);
  follower.dispose();
});

it('shows why a log could not be followed to its end', () => {
  followTaskLog(task, (log) => (shown = log));
  peer.channels[0]!.finish({ kind: 'failed', error: new AppError('forbidden', 'No.') });
  expect(shown?.end).toMatchObject({ kind: 'failed', error: { code: 'forbidden' } });
});

it('does not come back once nobody looks', () => {
  const follower = followTaskLog(task, (log) => (shown = log));
  peer.channels[0]!.finish(lost);
  follower.dispose();
  useConnection.setState({ generation: 4 });
  expect(peer.opened).toHaveLength(1);
});
