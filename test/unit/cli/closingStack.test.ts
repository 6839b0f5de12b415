import { expect, it } from 'vitest';

import { ClosingStack } from '../../../electron/cli/closingStack.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

it('ends what was started last first, each before the next', async () => {
  const order: string[] = [];
  const stack = new ClosingStack(new FakeClock());
  for (const name of ['lab', 'engine', 'web']) {
    stack.add(name, async () => {
      await Promise.resolve();
      order.push(name);
    });
  }
  expect(await stack.closeAll(1000)).toEqual([]);
  expect(order).toEqual(['web', 'engine', 'lab']);
});

it('goes on after one that fails and names it', async () => {
  let isClosed = false;
  const stack = new ClosingStack(new FakeClock());
  stack.add('lab', () => {
    isClosed = true;
  });
  stack.add('engine', () => Promise.reject(new Error('no')));
  expect(await stack.closeAll(1000)).toEqual(['engine']);
  expect(isClosed).toBe(true);
});

it('gives up at the deadline and names all that had not ended', async () => {
  const clock = new FakeClock();
  const stack = new ClosingStack(clock);
  stack.add('lab', () => {});
  stack.add('engine', () => new Promise(() => {}));
  const closing = stack.closeAll(1000);
  clock.advance(1000);
  expect(await closing).toEqual(['lab', 'engine']);
});
