import { afterEach, describe, expect, it } from 'vitest';

import { tellEndedSignIns } from '../../../renderer/state/endedSignIns.ts';
import { useToasts } from '../../../renderer/state/toasts.ts';
import { clusterOf } from './samples.ts';

const ended = { code: 'session-expired', message: 'It has expired.', retry: 'after-login' } as const;
const shown = () => useToasts.getState().toasts.map(({ text }) => text);

afterEach(() => tellEndedSignIns([], []));

describe('a sign-in that the server ended', () => {
  it('is told once, and no more when it is mended', () => {
    const before = [clusterOf('north')];
    const out = [clusterOf('north', { state: 'signed-out', error: ended })];
    tellEndedSignIns(before, out);
    tellEndedSignIns(out, out);
    expect(shown()).toEqual(['Your sign-in to north has ended.']);
    tellEndedSignIns(out, before);
    expect(shown()).toEqual([]);
  });

  it('is not told of one that the person ended, of one that was out already, or of one that is gone', () => {
    const out = [clusterOf('north', { state: 'signed-out', error: ended })];
    tellEndedSignIns([clusterOf('north')], [clusterOf('north', { state: 'signed-out' })]);
    tellEndedSignIns([], out);
    expect(shown()).toEqual([]);
    tellEndedSignIns([clusterOf('north')], out);
    tellEndedSignIns(out, []);
    expect(shown()).toEqual([]);
  });
});
