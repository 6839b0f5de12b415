import { expect, it } from 'vitest';

import { trayPicture } from '../../../electron/main/trayPicture.ts';
import { isQuiet, isWanted, noticeWords } from '../../../renderer/state/notices.ts';
import { usualNotices } from '../../../shared/model/settings.ts';
import type { TaskNotice } from '../../../shared/model/task.ts';
import { shellNotice } from '../../../shared/wire/shellWork.ts';

const notice = (part: Partial<TaskNotice> = {}): TaskNotice => ({
  ...{ clusterId: 'north', upid: 'u', kind: 'failed', title: 'Backup of a failed', body: 'no space' },
  ...part,
});
const noon = new Date(2026, 0, 1, 12, 0).getTime();

it('keeps quiet in hours that go over midnight, and in such that do not', () => {
  expect([1319, 1320, 0, 419, 420].map((minute) => isQuiet([1320, 420], minute))).toEqual([
    ...[false, true, true, true, false],
  ]);
  expect([539, 540, 599, 600].map((minute) => isQuiet([540, 600], minute))).toEqual([false, true, true, false]);
  expect(isQuiet(undefined, 0)).toBe(false);
  expect(isQuiet([60, 60], 60)).toBe(false);
});

it('shows what was chosen, not of muted clusters, and not in quiet hours', () => {
  expect(isWanted(notice(), undefined, noon)).toBe(true);
  expect(isWanted(notice(), { ...usualNotices, failed: false }, noon)).toBe(false);
  expect(isWanted(notice({ kind: 'stalled' }), { ...usualNotices, failed: false }, noon)).toBe(true);
  expect(isWanted(notice({ kind: 'never' }), { ...usualNotices, needsSomeone: false }, noon)).toBe(false);
  expect(isWanted(notice(), { ...usualNotices, mutedClusterIds: ['north'] }, noon)).toBe(false);
  expect(isWanted(notice(), { ...usualNotices, quiet: [11 * 60, 13 * 60] }, noon)).toBe(false);
});

it('cuts words to what the shell takes', () => {
  const words = noticeWords(notice({ title: 't'.repeat(900), body: 'b'.repeat(9000) }));
  expect(shellNotice.safeParse({ id: 'x', ...words }).success).toBe(true);
});

it('draws a tray of one colour, with a dot where someone should look', () => {
  const plain = trayPicture(32, true, false);
  const dotted = trayPicture(32, true, true);
  const inked = (bitmap: Uint8Array) => bitmap.filter((value, at) => at % 4 === 3 && value > 0).length;
  expect(plain).toHaveLength(32 * 32 * 4);
  expect(inked(dotted)).toBeGreaterThan(inked(plain));
  for (let at = 0; at < plain.length; at += 4) {
    expect(plain[at]).toBe(plain[at + 3]); // white, premultiplied
    expect(plain[at + 1]).toBe(plain[at]);
  }
});
