import { describe, expect, it } from 'vitest';

import {
  applyTaskChange,
  emptyTasks,
  keepTasksOf,
  orderTasks,
  taskKey,
  willNotFinish,
} from '../../../renderer/state/tasks.ts';
import { graphPaths } from '../../../renderer/views/bottom/graphPaths.ts';
import { LineJoiner } from '../../../renderer/views/bottom/taskLog.ts';
import { taskOf } from './samples.ts';

const change = (tasks: ReturnType<typeof taskOf>[], part = {}) => ({
  clusterId: 'north',
  full: false,
  tasks,
  removed: [],
  ...part,
});

describe('tasks', () => {
  it('keep the identity of those that did not change', () => {
    const before = applyTaskChange(emptyTasks, change([taskOf('north', 'a'), taskOf('north', 'b')]));
    const after = applyTaskChange(before, change([taskOf('north', 'a'), taskOf('north', 'b', { state: 'ok' })]));
    expect(after.tasks.get(taskKey('north', 'a'))).toBe(before.tasks.get(taskKey('north', 'a')));
    expect(after.tasks.get(taskKey('north', 'b'))?.state).toBe('ok');
  });

  it('keep the last 120 rates of a running task and no more', () => {
    let tasks = emptyTasks;
    for (let rate = 1; rate <= 300; rate++) {
      tasks = applyTaskChange(tasks, change([taskOf('north', 'a', { progress: { bytesPerSecond: rate } })]));
    }
    const rates = tasks.rates.get(taskKey('north', 'a'));
    expect(rates).toHaveLength(120);
    expect(rates?.at(-1)?.rate).toBe(300);
  });

  it('name the guest that a running migration holds, until it ended', () => {
    const running = applyTaskChange(emptyTasks, change([taskOf('north', 'a', { type: 'qmigrate', vmid: 7 })]));
    expect(running.byGuest.get('north/7')).toBe(taskKey('north', 'a'));
    const ended = applyTaskChange(running, change([taskOf('north', 'a', { type: 'qmigrate', vmid: 7, state: 'ok' })]));
    expect(ended.byGuest.size).toBe(0);
  });

  it('forget what was removed, what a full change leaves out, and clusters that are gone', () => {
    const two = applyTaskChange(emptyTasks, change([taskOf('north', 'a'), taskOf('north', 'b')]));
    expect(applyTaskChange(two, change([], { removed: ['a'] })).tasks.size).toBe(1);
    expect(applyTaskChange(two, change([taskOf('north', 'b')], { full: true })).tasks.size).toBe(1);
    expect(keepTasksOf(two, new Set()).tasks.size).toBe(0);
    expect(keepTasksOf(two, new Set(['north']))).toBe(two);
  });

  it('will not finish while the guest dirties at least as fast as the link carries', () => {
    const task = (progress: object) => taskOf('north', 'a', { type: 'qmigrate', progress });
    expect(willNotFinish(task({ bytesPerSecond: 640, dirtyBytesPerSecond: 910 }))).toBe(true);
    expect(willNotFinish(task({ bytesPerSecond: 640, dirtyBytesPerSecond: 100 }))).toBe(false);
    expect(willNotFinish(task({ bytesPerSecond: 640, dirtyBytesPerSecond: 910, etaSeconds: [1, 2] }))).toBe(false);
    expect(willNotFinish(task({ bytesPerSecond: 640 }))).toBe(false);
  });

  it('stand in the order of who must act, what runs, what ended last', () => {
    const ended = taskOf('north', 'old', { state: 'ok', endedAtMs: 50 });
    const late = taskOf('north', 'late', { state: 'failed', endedAtMs: 90 });
    const running = taskOf('north', 'running');
    const stuck = taskOf('north', 'stuck', { progress: { bytesPerSecond: 1, dirtyBytesPerSecond: 2 } });
    expect(orderTasks([ended, running, late, stuck]).map(({ upid }) => upid)).toEqual([
      'stuck',
      'running',
      'late',
      'old',
    ]);
  });
});

describe('the curves of a task', () => {
  const sample = (atMs: number, rate: number, dirty?: number) => ({ atMs, rate, dirty });

  it('share one scale, and fill what the guest writes above what the link carries', () => {
    const paths = graphPaths([sample(0, 100, 50), sample(500, 100, 100), sample(1000, 100, 200)]);
    expect(paths.top).toBeCloseTo(220);
    expect(paths.rate).toBe('M0.0 54.5L50.0 54.5L100.0 54.5');
    expect(paths.dirty).toBe('M0.0 77.3L50.0 54.5L100.0 9.1');
    expect(paths.excess).toBe('M0.0 54.5L50.0 54.5L100.0 9.1L100.0 54.5L50.0 54.5L0.0 54.5z');
  });

  it('have no dirty line where nothing is known of it', () => {
    expect(graphPaths([sample(0, 1), sample(9, 2)])).toMatchObject({ dirty: undefined, excess: undefined });
  });
});

describe('a followed log', () => {
  it('joins lines and characters that come in pieces of one byte', () => {
    const joiner = new LineJoiner();
    const bytes = new TextEncoder().encode('erste Zeile\nzwölf €\nrest');
    const lines = [...bytes].flatMap((byte) => joiner.add(Uint8Array.of(byte)));
    expect(lines).toEqual(['erste Zeile', 'zwölf €']);
  });
});
