import { beforeEach, expect, it } from 'vitest';

import { closeToast, notify, notifyFailure, useToasts } from '../../../renderer/state/toasts.ts';
import { AppError } from '../../../shared/base/errors.ts';

beforeEach(() => useToasts.setState({ toasts: [] }));

const run = () => undefined;
const last = () => useToasts.getState().toasts.at(-1);

it('says what was not done, and offers to try again', () => {
  const refused = new AppError('forbidden', 'The server did not allow it.');
  notifyFailure('dns was not started.', refused, { label: 'Try again', run });
  expect(last()).toMatchObject({
    text: 'dns was not started. The server did not allow it.',
    action: { label: 'Try again' },
  });
});

it('says nothing of what the person gave up', () => {
  notifyFailure('dns was not started.', new AppError('aborted', 'The request was given up.'));
  expect(last()).toBeUndefined();
});

it('never says that something was not done where nobody knows; the person may send it again', () => {
  const unknown = new AppError('outcome-unknown', 'The server was asked and its answer never came.');
  notifyFailure('dns was not started.', unknown, { label: 'Try again', run }, 'dns is running now.');
  expect(last()).toMatchObject({
    text: 'The server was asked and its answer never came. dns is running now.',
    action: { label: 'Send again', run },
  });
});

it('a warning stays until there is news of the same thing', () => {
  notify({ kind: 'warning', text: 'Migration of web will not finish.', about: 'north/1' });
  notify({ kind: 'warning', text: 'Migration of db stands still.', about: 'north/2' });
  notify({ kind: 'done', text: 'Migration of web finished.', about: 'north/1' });
  const texts = () => useToasts.getState().toasts.map(({ text }) => text);
  expect(texts()).toEqual(['Migration of db stands still.', 'Migration of web finished.']);
  closeToast(last()?.id ?? 0);
  expect(texts()).toEqual(['Migration of db stands still.']);
});
