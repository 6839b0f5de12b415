import { afterEach, beforeEach, expect, it } from 'vitest';

import { setEngine } from '../../../renderer/api/engine.ts';
import { useConnection } from '../../../renderer/state/connection.ts';
import { TaskLog } from '../../../renderer/views/monitor/taskLog.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { FakePeer } from './fakePage.ts';

const lost = { kind: 'failed', error: new AppError('link-lost', 'gone', { retry: 'later' }) } as const;
const task = { clusterId: 'c', upid: 'U' };
const bytes = (text: string) => new TextEncoder().encode(text);

let peer: FakePeer;

beforeEach(() => {
  peer = new FakePeer();
  setEngine(peer);
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
  const log = new TaskLog(task);
  peer.channels[0]!.deliver(bytes('one\ntwo\nhal'));
  await Promise.resolve();
  setEngine(undefined);
  peer.channels[0]!.finish(lost);
  expect(log.buffer.text()).toBe('one\ntwo\n');
  expect(log.end).toBeUndefined();

  const next = new FakePeer();
  setEngine(next);
  useConnection.setState({ generation: 2 });
  expect(next.opened).toEqual([{ ...task, after: 2 }]);
  next.channels[0]!.deliver(bytes('half\n'));
  next.channels[0]!.finish({ kind: 'ended' });
  await Promise.resolve();
  expect(log.buffer.text()).toBe('one\ntwo\nhalf\n');
  expect(log.end).toEqual({ kind: 'ended' });
  useConnection.setState({ generation: 3 });
  expect(next.opened).toHaveLength(1);
  log.dispose();
});

it('shows why a log could not be followed to its end', () => {
  const log = new TaskLog(task);
  peer.channels[0]!.finish({ kind: 'failed', error: new AppError('forbidden', 'No.') });
  expect(log.end).toMatchObject({ kind: 'failed', error: { code: 'forbidden' } });
});

it('does not come back once nobody looks', () => {
  const log = new TaskLog(task);
  peer.channels[0]!.finish(lost);
  log.dispose();
  useConnection.setState({ generation: 4 });
  expect(peer.opened).toHaveLength(1);
});
