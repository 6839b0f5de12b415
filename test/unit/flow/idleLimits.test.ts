import { describe, expect, it } from 'vitest';

import { IdleLimits } from '../../../shared/flow/idleLimits.ts';
import { Silence } from '../../../electron/engine/tunnel/silence.ts';
import { keepLearned } from '../../../electron/engine/store/learnedLimits.ts';

/** A document store in memory. */
class Documents {
  readonly #texts = new Map<string, string>();

  read(name: string): Promise<unknown> {
    return Promise.resolve(JSON.parse(this.#texts.get(name) ?? 'null'));
  }

  write(name: string, value: unknown): Promise<void> {
    this.#texts.set(name, JSON.stringify(value));
    return Promise.resolve();
  }
}

let atMs = 0;

/** Cuts at the given silences, each an hour after the other. */
function cut(limits: IdleLimits, address: string, ...silencesMs: number[]): void {
  for (const silentMs of silencesMs) {
    atMs += 3_600_000;
    limits.noteCut(address, silentMs, atMs);
  }
}

describe('what is learned about silent connections', () => {
  it('is nothing after one cut, and the limit after a second one at the same silence', () => {
    const limits = new IdleLimits();
    const changed: string[] = [];
    limits.onChanged((address) => changed.push(address));
    cut(limits, 'a:1', 60_000);
    expect(limits.limitMs('a:1')).toBeUndefined();
    expect(limits.heartbeatMs('a:1', 90_000)).toBe(90_000);
    cut(limits, 'a:1', 61_000);
    expect(limits.limitMs('a:1')).toBe(60_000);
    expect(limits.heartbeatMs('a:1', 90_000)).toBe(36_000);
    expect(limits.heartbeatMs('a:1', 20_000)).toBe(20_000);
    expect(limits.heartbeatMs('b:1', 90_000)).toBe(90_000);
    expect(changed).toEqual(['a:1']);
  });

  it('is not drawn from ends at different silences, nor from those that come at once', () => {
    const limits = new IdleLimits();
    cut(limits, 'a:1', 5_000, 9_000, 30_000, 5_000);
    cut(limits, 'b:1', 800, 800, 800);
    expect(limits.toJson()).toEqual({});
  });

  it('is not drawn from many ends of one moment: a server that restarts ends them all', () => {
    const limits = new IdleLimits();
    for (let n = 0; n < 100; n += 1) limits.noteCut('a:1', 7_000, 50_000 + n);
    expect(limits.limitMs('a:1')).toBeUndefined();
    limits.noteCut('a:1', 7_000, 57_100);
    expect(limits.limitMs('a:1')).toBe(7_000);
  });

  it('follows a limit that became shorter, and is kept over a restart', () => {
    const limits = new IdleLimits();
    cut(limits, 'a:1', 60_000, 60_000, 10_000, 10_100);
    expect(limits.toJson()).toEqual({ 'a:1': 10_000 });
    const later = new IdleLimits();
    later.load(limits.toJson());
    expect(later.heartbeatMs('a:1', 20_000)).toBe(6_000);
    later.forget('a:1');
    expect(later.heartbeatMs('a:1', 20_000)).toBe(20_000);
  });

  it('is unlearned when a connection outlives it, and told so', () => {
    const limits = new IdleLimits();
    cut(limits, 'a:1', 5_000, 5_000);
    const changed: string[] = [];
    limits.onChanged((address) => changed.push(address));
    limits.noteSurvived('a:1', 4_000);
    limits.noteSurvived('a:1', 5_400); // as exact as it was measured
    expect(limits.limitMs('a:1')).toBe(5_000);
    limits.noteSurvived('a:1', 8_000);
    expect(limits.limitMs('a:1')).toBeUndefined();
    expect(changed).toEqual(['a:1']);
    cut(limits, 'a:1', 5_000);
    expect(limits.limitMs('a:1')).toBeUndefined();
  });

  it('is not drawn from two like cuts with a longer silence between them that was survived', () => {
    const limits = new IdleLimits();
    cut(limits, 'a:1', 7_000);
    limits.noteSurvived('a:1', 19_000);
    cut(limits, 'a:1', 7_000);
    expect(limits.limitMs('a:1')).toBeUndefined();
  });

  it('keeps a limit when a later cut had another reason', () => {
    const limits = new IdleLimits();
    cut(limits, 'a:1', 10_000, 10_000, 3_000);
    limits.noteSurvived('a:1', 6_000);
    cut(limits, 'a:1', 3_000);
    expect(limits.limitMs('a:1')).toBe(10_000);
  });

  it('never asks for a heartbeat below a second, and forgets the oldest address past its bound', () => {
    const limits = new IdleLimits();
    limits.load({ 'fast:1': 2_000 });
    expect(limits.heartbeatMs('fast:1', 20_000)).toBe(1_200);
    limits.load({ 'faster:1': 1_000 });
    expect(limits.heartbeatMs('faster:1', 20_000)).toBe(20_000);
    for (let n = 0; n < 600; n += 1) cut(limits, `host${n}:1`, 30_000, 30_000);
    expect(Object.keys(limits.toJson()).length).toBe(500);
    expect(limits.limitMs('fast:1')).toBeUndefined();
  });

  it('lies in a document, with what was unlearned taken out, and a damaged one is empty', async () => {
    const documents = new Documents();
    const limits = new IdleLimits();
    await keepLearned(limits, documents);
    cut(limits, 'a:1', 5_000, 5_000, 5_000);
    cut(limits, 'b:1', 9_000, 9_000);
    expect(await documents.read('idle-limits')).toEqual({ 'a:1': 5_000, 'b:1': 9_000 });
    limits.noteSurvived('a:1', 20_000);
    const later = new IdleLimits();
    await keepLearned(later, documents);
    expect(later.toJson()).toEqual({ 'b:1': 9_000 });
    await documents.write('idle-limits', { 'a:1': 'soon' });
    const afresh = new IdleLimits();
    await keepLearned(afresh, documents);
    expect(afresh.toJson()).toEqual({});
  });
});

describe('a silence', () => {
  it('is what passed with nothing moving either way, and ends with an answer, not with a question', () => {
    const silence = new Silence(0);
    silence.sent(20_000);
    expect(silence.longestMs(20_050)).toBe(20_000);
    expect(silence.heard(20_050)).toBe(20_000);
    expect(silence.longestMs(20_060)).toBe(10);
    silence.sent(23_000);
    silence.sent(25_000);
    expect(silence.heard(26_000)).toBe(2_950);
  });
});
