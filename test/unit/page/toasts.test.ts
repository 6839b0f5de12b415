import { beforeEach, expect, it } from 'vitest';

import { notifyFailure, useToasts } from '../../../renderer/state/toasts.ts';
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
