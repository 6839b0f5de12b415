import { afterEach, describe, expect, it } from 'vitest';

import { type Lab, startLab } from '../../../electron/lab/lab.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { LabBench, nodeRequest } from './labBench.ts';

checkLeaks();
let lab: Lab;
afterEach(() => lab.close());

const MIB = 1 << 20;
const poll = async (): Promise<string> => {
  const { body } = await nodeRequest(lab, '/api2/json/cluster/resources', { Authorization: lab.apiToken });
  return body.toString('latin1');
};

describe('five thousand guests', () => {
  it('are listed without a long wait, and are the same every start', async () => {
    lab = await startLab({ guests: 5000, life: false, quirks: { resourcesLagMs: 0, compression: false } });
    const tookMs: number[] = [];
    let body = '';
    for (let count = 0; count < 12; count += 1) {
      const startMs = performance.now();
      body = await poll();
      tookMs.push(performance.now() - startMs);
    }
    const { data } = JSON.parse(body) as { data: Record<string, unknown>[] };
    const guests = data.filter((row) => row['vmid'] !== undefined);
    expect(guests).toHaveLength(5000);
    expect(new Set(guests.map((row) => row['name'])).size).toBe(5000);
    expect(guests[4000]).toMatchObject({ vmid: 4988, name: 'prod-cache-3988', node: 'pve2', status: 'running' });
    expect(Math.min(...tookMs)).toBeLessThan(500); // some 25 ms on a quiet machine; what grows with the square takes seconds
  });

  it('cost nothing more however often they are polled', { timeout: 180_000 }, async () => {
    lab = await startLab({ guests: 5000, life: false, quirks: { resourcesLagMs: 0 } });
    const pollSome = async (): Promise<number> => {
      for (let count = 0; count < 40; count += 1) await poll();
      return process.memoryUsage().rss;
    };
    await pollSome();
    const before = await pollSome();
    const after = Math.min(await pollSome(), await pollSome());
    expect(after - before).toBeLessThan(32 * MIB); // 40 polls of 1.7 MiB each would be 68
  });
});

describe('a lab', () => {
  it('starts fast and leaves nothing behind', async () => {
    const startMs = performance.now();
    lab = await startLab({ life: false });
    const tookMs = performance.now() - startMs;
    await lab.close();
    lab = await startLab({ life: false });
    expect(tookMs).toBeLessThan(2000); // some 20 ms on a quiet machine
  });

  it('makes no backend before somebody looks at its guest', async () => {
    const bench = await LabBench.start({}, { guests: 5000 });
    lab = bench.lab;
    await bench.data('GET', '/cluster/resources');
    expect(bench.guests.size).toBe(0);
    await bench.close();
  });
});
