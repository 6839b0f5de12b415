import { describe, expect, it } from 'vitest';

import { IdleLimits } from '../../../electron/engine/tunnel/idleLimits.ts';

describe('what is learned about silent connections', () => {
  it('is nothing after one cut, and the limit after a second one at the same silence', () => {
    const limits = new IdleLimits();
    let learned = 0;
    limits.onLearned(() => (learned += 1));
    limits.noteCut('a:1', 60_000);
    expect(limits.limitMs('a:1')).toBeUndefined();
    expect(limits.heartbeatMs('a:1', 90_000)).toBe(90_000);
    limits.noteCut('a:1', 61_000);
    expect(limits.limitMs('a:1')).toBe(60_000);
    expect(limits.heartbeatMs('a:1', 90_000)).toBe(36_000);
    expect(limits.heartbeatMs('a:1', 20_000)).toBe(20_000);
    expect(limits.heartbeatMs('b:1', 90_000)).toBe(90_000);
    expect(learned).toBe(1);
  });

  it('is not drawn from ends at different silences, nor from those that come at once', () => {
    const limits = new IdleLimits();
    for (const silentMs of [5_000, 9_000, 30_000, 5_000]) limits.noteCut('a:1', silentMs);
    for (let n = 0; n < 5; n += 1) limits.noteCut('b:1', 800);
    expect(limits.toJson()).toEqual({});
  });

  it('follows a limit that became shorter, and is kept over a restart', () => {
    const limits = new IdleLimits();
    for (const silentMs of [60_000, 60_000, 10_000, 10_100]) limits.noteCut('a:1', silentMs);
    expect(limits.toJson()).toEqual({ 'a:1': 10_000 });
    const later = new IdleLimits();
    later.load(limits.toJson());
    expect(later.heartbeatMs('a:1', 20_000)).toBe(6_000);
    later.forget('a:1');
    expect(later.heartbeatMs('a:1', 20_000)).toBe(20_000);
  });

  it('never asks for a heartbeat below a second, and forgets the oldest address past its bound', () => {
    const limits = new IdleLimits();
    limits.load({ 'fast:1': 2_000 });
    expect(limits.heartbeatMs('fast:1', 20_000)).toBe(1_200);
    for (let n = 0; n < 600; n += 1) for (let cut = 0; cut < 2; cut += 1) limits.noteCut(`host${n}:1`, 30_000);
    expect(Object.keys(limits.toJson()).length).toBe(500);
    expect(limits.limitMs('fast:1')).toBeUndefined();
  });
});
