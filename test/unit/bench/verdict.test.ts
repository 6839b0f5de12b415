import { describe, expect, it } from 'vitest';

import { readOptions } from '../../bench/options.mjs';
import { judge } from '../../bench/verdict.mjs';

const row = (rates: readonly number[], cpu: number) => {
  const runs = rates.map((rate) => ({ rate, cpu }));
  return { group: 'tcp', down: runs, up: runs, ping: [] };
};

describe('the verdicts of the benchmark', () => {
  it('compare each round with the same round of the best rival, and cost with HAProxy', () => {
    const results = new Map<string, object>([
      ['sluice tcp-tcp', row([3, 1, 2.2], 0.4)],
      ['haproxy tcp', row([2, 1, 2], 0.5)],
      ['socat', row([9, 0.1, 0.1], 0.1)],
    ]);
    const verdicts = judge(results);
    expect(verdicts.map(({ what }) => what)).toEqual([
      'TCP to TCP, throughput down',
      'TCP to TCP, throughput up',
      'TCP to TCP, CPU a GB down',
      'TCP to TCP, CPU a GB up',
    ]);
    expect(verdicts[0]).toMatchObject({ unit: 'of haproxy tcp', isHeld: true });
    expect(verdicts[0]?.value).toBeCloseTo(1.1);
    expect(verdicts[2]?.value).toBeCloseTo(0.8);
  });

  it('say what was missed, and nothing about what was not measured', () => {
    const results = new Map<string, object>([
      ['sluice ws-tcp', { ...row([1.2], 1), idleKiB: 30, stalled: { grownMiB: 1, takenMiB: 17 } }],
      ['websockify', row([1], 1)],
    ]);
    expect(judge(results).map(({ what, isHeld }) => `${isHeld} ${what}`)).toEqual([
      'false WebSocket to TCP, throughput down',
      'false WebSocket to TCP, throughput up',
      'false sluice ws-tcp, memory of an idle connection',
      'true sluice ws-tcp, grows behind a stalled reader by',
      'false sluice ws-tcp, taken from the source of a stalled reader',
    ]);
  });
});

describe('the command line of the benchmark', () => {
  const names = ['direct', 'sluice tcp-tcp', 'socat'];

  it.each([
    [['--fast'], "Unknown option '--fast'."],
    [['more'], "Unexpected argument 'more'."],
    [['--rounds', '0'], "'--rounds' takes rounds, at least 1, not '0'."],
    [['--only', 'nginx'], "'--only nginx' matches none of: direct, sluice tcp-tcp, socat."],
    [['--only', '('], "'--only' takes a regular expression, which '(' is not."],
  ])('refuses %j with a sentence', (argv, message) => {
    expect(() => readOptions(argv, names)).toThrow(message);
  });

  it('takes a part of the names, always beside the direct connection', () => {
    expect(readOptions(['--only', '^sluice', '--ms', '200'], names)).toMatchObject({
      chosen: ['direct', 'sluice tcp-tcp'],
      ms: 200,
      rounds: 5,
    });
  });
});
