import { describe, expect, it } from 'vitest';

import { applyTransfersChange, emptyTransfers } from '../../../renderer/state/transfers.ts';
import { transferNotices } from '../../../renderer/state/transferNotices.ts';
import { limitError, limitKib } from '../../../renderer/views/start/rateLimit.ts';
import { bridgeOf } from '../../../renderer/views/start/BridgeFields.tsx';
import { otherName } from '../../../renderer/views/start/AnswerDialog.tsx';
import type { Transfer, TransfersChange } from '../../../shared/model/transfer.ts';

const transferOf = (id: string, part: Partial<Transfer> = {}): Transfer => ({
  ...{ id, kind: 'upload', clusterId: 'north', name: `${id}.iso`, state: 'running', actions: [], doneBytes: 1 },
  ...{ createdAtMs: 1, restarts: 0 },
  ...part,
});
const change = (transfers: Transfer[], part: Partial<TransfersChange> = {}): TransfersChange => ({
  ...{ full: false, transfers, removed: [], limits: { parallel: 2, bytesPerSecond: 0 } },
  ...part,
});

describe('transfers', () => {
  it('keep the identity of those that did not change, and count those that are not over', () => {
    const before = applyTransfersChange(emptyTransfers, change([transferOf('a'), transferOf('b')]));
    const after = applyTransfersChange(before, change([transferOf('a'), transferOf('b', { state: 'done' })]));
    expect(after.transfers.get('a')).toBe(before.transfers.get('a'));
    expect([before.running, after.running]).toEqual([2, 1]);
    expect(after.shape).toBeGreaterThan(before.shape);
    const moved = applyTransfersChange(after, change([transferOf('a', { doneBytes: 9, bytesPerSecond: 5 })]));
    expect(moved.shape).toBe(after.shape);
    expect(moved.rates.get('a')).toEqual([5]);
  });

  it('go with what was removed and what a full change leaves out, and are found by their task', () => {
    const two = applyTransfersChange(emptyTransfers, change([transferOf('a', { upid: 'U' }), transferOf('b')]));
    expect(two.byUpid.get('U')).toBe('a');
    expect([...applyTransfersChange(two, change([], { removed: ['a'] })).transfers.keys()]).toEqual(['b']);
    const full = applyTransfersChange(two, change([transferOf('c')], { full: true }));
    expect([...full.transfers.keys()]).toEqual(['c']);
    expect(full.byUpid.size).toBe(0);
  });
});

describe('what is told of transfers', () => {
  it('is their end and their questions, of such as were seen before, and of none twice', () => {
    const restore = (part: Partial<Transfer>) => transferOf('a', { kind: 'restore', name: 'disk.img', ...part });
    const first = applyTransfersChange(emptyTransfers, change([restore({}), transferOf('b', { state: 'failed' })]));
    expect(transferNotices(emptyTransfers, first)).toEqual([]);
    const asks = applyTransfersChange(first, change([restore({ state: 'asking' })]));
    expect(transferNotices(first, asks).map(({ kind }) => kind)).toEqual(['asks']);
    const done = applyTransfersChange(asks, change([restore({ state: 'done' })]));
    expect(transferNotices(asks, done)).toMatchObject([
      { key: 'transfer|a', kind: 'finished', title: '“Restore disk.img” finished', clusterId: 'north' },
    ]);
    expect(transferNotices(done, applyTransfersChange(done, change([restore({ state: 'done' })])))).toEqual([]);
    const upload = applyTransfersChange(emptyTransfers, change([transferOf('c')]));
    expect(transferNotices(upload, applyTransfersChange(upload, change([transferOf('c', { state: 'done' })])))).toEqual(
      [],
    );
  });
});

describe('what is typed into the start dialogs', () => {
  it('is a rate in MiB/s, or nothing, or refused with a word', () => {
    expect(['100', '0.5', '0,5', '', 'x', '-1', '1e9'].map(limitKib)).toEqual([
      ...[102_400, 512, 512, undefined, undefined, undefined, undefined],
    ]);
    expect(['', '100'].map(limitError)).toEqual([undefined, undefined]);
    expect(limitError('fast')).toContain('no rate');
  });

  it('is another name for a file that is there', () => {
    expect(['a.iso', 'a-2.iso', 'debian_1.tar.zst', 'plain'].map(otherName)).toEqual([
      ...['a-2.iso', 'a-3.iso', 'debian_1-2.tar.zst', 'plain-2'],
    ]);
  });

  it('is a bridge only where address and port are such', () => {
    const form = { host: ' 10.0.0.2 ', port: '', allowedFrom: '10.0.0.3, 10.0.0.4' };
    expect(bridgeOf(form)).toEqual({
      ...{ listenHost: '10.0.0.2', host: '10.0.0.2', port: 0, allowedFrom: ['10.0.0.3', '10.0.0.4'] },
    });
    expect(bridgeOf({ ...form, port: '70000' })).toBeUndefined();
    expect(bridgeOf({ ...form, host: '' })).toBeUndefined();
  });
});
