import { describe, expect, it } from 'vitest';

import { abortable, onAbort, sleep, throwIfAborted, withTimeout } from '../../../shared/base/abort.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { State } from '../../../shared/base/state.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

describe('State', () => {
  const make = () =>
    new State<'new' | 'open' | 'closed'>('new', { new: ['open', 'closed'], open: ['closed'], closed: [] });

  it('makes legal moves and refuses the others', () => {
    const state = make();
    state.move('open');
    expect([state.current, state.canMove('closed'), state.tryMove('new'), state.is('open', 'new')]).toEqual([
      'open',
      true,
      false,
      true,
    ]);
    expect(() => state.move('new')).toThrow('from open to new');
  });

  it('stays in a final state', () => {
    const state = make();
    state.move('closed');
    expect([state.isFinal, state.tryMove('open'), state.current]).toEqual([true, false, 'closed']);
  });
});

describe('abort', () => {
  it('rejects with the reason of the signal, or with aborted', async () => {
    const controller = new AbortController();
    const pending = abortable(new Promise(() => undefined), controller.signal);
    controller.abort(new AppError('timeout', 'Late.'));
    await expect(pending).rejects.toMatchObject({ code: 'timeout' });
    expect(() => throwIfAborted(controller.signal)).toThrow('Late.');
    const other = new AbortController();
    other.abort();
    expect(() => throwIfAborted(other.signal)).toThrow('given up');
    expect(() => throwIfAborted(undefined)).not.toThrow();
  });

  it('calls back at once where the signal has aborted, and never when disposed before', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    onAbort(controller.signal, () => calls.push('disposed')).dispose();
    onAbort(controller.signal, () => calls.push('waited'));
    controller.abort();
    onAbort(controller.signal, () => calls.push('late'));
    expect(calls).toEqual(['waited', 'late']);
  });

  it('sleeps on the clock and leaves no timer when aborted', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    let isAwake = false;
    void sleep(clock, 100).then(() => {
      isAwake = true;
    });
    const aborted = sleep(clock, 100, controller.signal);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    expect(clock.timerCount).toBe(1);
    clock.advance(100);
    await settle();
    expect(isAwake).toBe(true);
  });

  it('aborts after a time, or with its parent, and cleans up', () => {
    const clock = new FakeClock();
    const late = withTimeout(clock, 5000, undefined);
    clock.advance(5000);
    expect(late.signal.reason).toMatchObject({ code: 'timeout', message: 'No answer came within 5 s.' });
    const parent = new AbortController();
    const child = withTimeout(clock, 5000, parent.signal);
    parent.abort();
    expect(child.signal.reason).toMatchObject({ code: 'aborted' });
    child.dispose();
    expect(clock.timerCount).toBe(0);
  });
});
