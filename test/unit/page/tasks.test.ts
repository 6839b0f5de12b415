import { describe, expect, it } from 'vitest';

import {
  addSamples,
  applySampled,
  applyTaskChange,
  emptyTasks,
  keepTasksOf,
  orderTasks,
  taskKey,
  willNotFinish,
} from '../../../renderer/state/tasks.ts';
import { graphData } from '../../../renderer/views/monitor/graphData.ts';
import { LineBuffer } from '../../../renderer/views/monitor/lineBuffer.ts';
import { LogSearch } from '../../../renderer/views/monitor/logSearch.ts';
import { LineJoiner } from '../../../renderer/views/monitor/taskLog.ts';
import { useClusters } from '../../../renderer/state/clusters.ts';
import { Gather } from '../../../renderer/state/gather.ts';
import { monitorRows } from '../../../renderer/state/monitor.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { clusterOf, taskOf } from './samples.ts';

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

  it('keep their samples in the order of time, none twice, and so many and no more', () => {
    const known = applyTaskChange(emptyTasks, change([taskOf('north', 'a')]));
    const key = taskKey('north', 'a');
    const atOnce = addSamples(known, key, [{ atMs: 30 }, { atMs: 40, bytesPerSecond: 4 }]);
    const late = addSamples(atOnce, key, [{ atMs: 10 }, { atMs: 40, bytesPerSecond: 4 }]);
    expect(late.samples.get(key)?.map(({ atMs }) => atMs)).toEqual([10, 30, 40]);
    let tasks = late;
    for (let atMs = 100; atMs < 3000; atMs++) {
      tasks = applySampled(tasks, { samples: [{ clusterId: 'north', upid: 'a', sample: { atMs } }] });
    }
    expect(tasks.samples.get(key)).toHaveLength(1200);
    expect(tasks.samples.get(key)?.at(-1)?.atMs).toBe(2999);
    const unknown = applySampled(tasks, { samples: [{ clusterId: 'north', upid: 'x', sample: { atMs: 1 } }] });
    expect(unknown.samples.size).toBe(1);
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
  const sample = (atMs: number, bytesPerSecond: number, remainingBytes?: number) => ({
    ...{ atMs, bytesPerSecond },
    ...(remainingBytes !== undefined && { remainingBytes }),
  });

  it('end with a forecast: the line of what remains goes on to its end', () => {
    const { columns, hasLeft, hasDirty } = graphData([sample(0, 9, 100), sample(60_000, 9, 50)], [8, 12]);
    expect(columns[0]).toEqual([0, 60, 70]);
    expect(columns[3]).toEqual([100, 50, null]);
    expect(columns[4]).toEqual([null, 50, 0]);
    expect([hasLeft, hasDirty]).toEqual([true, false]);
  });

  it('show no more of the future than half of what was measured', () => {
    const { columns } = graphData([sample(0, 9, 100), sample(60_000, 9, 60)], [100, 140]);
    expect(columns[0].at(-1)).toBe(90);
    expect(columns[4].at(-1)).toBe(45);
  });

  it('have neither forecast nor lines for what is not known', () => {
    const { columns, hasLeft } = graphData([sample(0, 1), sample(9, 2)]);
    expect(columns.map((column) => column.length)).toEqual([2, 2, 2, 2, 2]);
    expect(hasLeft).toBe(false);
  });
});

describe('the lines of a log', () => {
  it('are kept up to a bound, and those that fell out are counted', () => {
    const buffer = new LineBuffer(100);
    for (let at = 0; at < 250; at++) buffer.add([`line ${at}`]);
    expect(buffer.count).toBeLessThanOrEqual(100);
    expect(buffer.first + buffer.count).toBe(250);
    expect(buffer.at(buffer.count - 1)).toBe('line 249');
    expect(buffer.at(0)).toBe(`line ${buffer.first}`);
  });

  it('are searched a piece at a time, also those that come later, whatever signs the text holds', () => {
    const buffer = new LineBuffer(100);
    buffer.add(['a (1)', 'b', 'A (1) and a (1)']);
    const search = new LogSearch(buffer, 'a (1)');
    expect(search.step(2)).toBe(true);
    expect(search.found).toEqual([0]);
    expect(search.step(2)).toBe(false);
    expect(search.found).toEqual([0, 2]);
    expect(search.parts('A (1) and a (1)')).toEqual([
      [0, 5],
      [10, 15],
    ]);
    buffer.add(['a (1) again']);
    search.step(9);
    expect(search.found).toEqual([0, 2, 3]);
    expect([search.from(1), search.from(9)]).toEqual([1, 0]);
  });

  it('are not found any more once they fell out', () => {
    const buffer = new LineBuffer(10);
    const search = new LogSearch(buffer, 'x');
    for (let at = 0; at < 30; at++) {
      buffer.add([`x ${at}`]);
      search.step(5);
    }
    expect(search.found).toEqual(Array.from({ length: buffer.count }, (_, at) => buffer.first + at));
  });
});

describe('the monitor', () => {
  const all = { show: 'all', isMine: false, hasConsoles: false, text: '' } as const;
  const tasks = [
    taskOf('north', 'a', { type: 'qmigrate', user: 'ada@pve!auto' }),
    taskOf('north', 'b', { state: 'failed', exitText: 'no space left' }),
    taskOf('south', 'c', { type: 'termproxy' }),
  ];
  const upids = (monitor: Parameters<typeof monitorRows>[1]) =>
    monitorRows(items, monitor).keys.map((key) => key.split(' ')[1]);
  const items = tasks.map((task) => ({ kind: 'task' as const, key: taskKey(task.clusterId, task.upid), task }));

  it('leaves out those that only carry a console, unless they are asked for', () => {
    expect(upids(all)).toEqual(['a', 'b']);
    expect(upids({ ...all, hasConsoles: true })).toEqual(['a', 'c', 'b']);
  });

  it('filters by state, cluster, kind and person, and searches words in any order', () => {
    useClusters.setState({ list: [clusterOf('north', { user: 'ada@pve' })], isKnown: true });
    expect(upids({ ...all, show: 'failed' })).toEqual(['b']);
    expect(upids({ ...all, clusterId: 'south', hasConsoles: true })).toEqual(['c']);
    expect(upids({ ...all, kind: 'migration' })).toEqual(['a']);
    expect(upids({ ...all, isMine: true })).toEqual(['a']);
    expect(upids({ ...all, text: 'SPACE back' })).toEqual(['b']);
    expect(upids({ ...all, text: 'space nothing' })).toEqual([]);
    useClusters.setState({ list: [], isKnown: false });
  });

  it('counts each state among what the other filters leave', () => {
    expect(monitorRows(items, { ...all, show: 'failed' }).counts).toEqual({
      ...{ all: 2, running: 1, attention: 0, failed: 1 },
    });
  });
});

describe('changes that come together', () => {
  it('are handed over at once, then together, and the rest when it ends', () => {
    const clock = new FakeClock();
    const taken: number[][] = [];
    const gather = new Gather<number>(clock, 100, (items) => taken.push([...items]));
    gather.push(1);
    gather.push(2);
    gather.push(3);
    expect(taken).toEqual([[1]]);
    clock.advance(100);
    expect(taken).toEqual([[1], [2, 3]]);
    gather.push(4);
    gather.dispose();
    expect(taken).toEqual([[1], [2, 3], [4]]);
  });

  it('copy nothing where nothing changed, and grow the shape only where rows come, go or end', () => {
    const first = applyTaskChange(emptyTasks, change([taskOf('north', 'a')]));
    expect(applyTaskChange(first, change([taskOf('north', 'a')]))).toBe(first);
    const moved = applyTaskChange(first, change([taskOf('north', 'a', { progress: { fraction: 0.5 } })]));
    expect(moved.shape).toBe(first.shape);
    const ended = applyTaskChange(moved, change([taskOf('north', 'a', { state: 'ok' })]));
    expect(ended.shape).toBeGreaterThan(first.shape);
    expect([moved.running, ended.running]).toEqual([1, 0]);
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
