import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';

import { PowerSigns } from '../../../electron/main/powerSigns.ts';

class FakeBlocker {
  readonly held = new Set<number>();
  #last = 0;

  start(type: string): number {
    expect(type).toBe('prevent-app-suspension');
    this.#last += 1;
    this.held.add(this.#last);
    return this.#last;
  }

  stop(id: number): boolean {
    return this.held.delete(id);
  }
}

const work = (running: number, keepsAwake = true) => ({ running, keepsAwake, updates: 'tell' as const });

it('keeps the machine awake once while something runs, and no longer', () => {
  const blocker = new FakeBlocker();
  const signs = new PowerSigns({ events: new EventEmitter(), blocker, onSleep: () => undefined });
  signs.follow(work(0));
  expect(blocker.held.size).toBe(0);
  signs.follow(work(1));
  signs.follow(work(3));
  expect(blocker.held.size).toBe(1);
  signs.follow(work(0));
  expect(blocker.held.size).toBe(0);
  signs.follow(work(2));
  signs.follow(work(2, false));
  expect(blocker.held.size).toBe(0);
  signs.follow(work(2));
  signs.follow(undefined); // the engine died, and its work with it
  expect(blocker.held.size).toBe(0);
  signs.follow(work(2));
  signs.dispose();
  expect(blocker.held.size).toBe(0);
});

it('tells of sleep and waking until it is disposed', () => {
  const events = new EventEmitter();
  const told: boolean[] = [];
  const signs = new PowerSigns({ events, blocker: new FakeBlocker(), onSleep: (isAsleep) => told.push(isAsleep) });
  events.emit('suspend');
  events.emit('resume');
  signs.dispose();
  events.emit('suspend');
  expect(told).toEqual([true, false]);
  expect(events.eventNames()).toEqual([]);
});
