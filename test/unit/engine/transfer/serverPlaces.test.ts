import { expect, it } from 'vitest';

import { ServerPlaces } from '../../../../electron/engine/transfer/serverPlaces.ts';
import { AppError } from '../../../../shared/base/errors.ts';

const never = new AbortController().signal;

it('gives so many places of a server, then one for each that is given back, in the order of the wishes', async () => {
  const places = new ServerPlaces(2);
  const first = await places.take('a', never);
  await places.take('a', never);
  await places.take('b', never); // another server has its own
  const got: string[] = [];
  const third = places.take('a', never).then((give) => {
    got.push('third');
    return give;
  });
  const fourth = places.take('a', never).then(() => got.push('fourth'));
  await Promise.resolve();
  expect([places.isFull('a'), places.isFull('b'), got]).toEqual([true, false, []]);
  first();
  first(); // twice is once
  const give = await third;
  expect(got).toEqual(['third']);
  give();
  await fourth;
  expect(got).toEqual(['third', 'fourth']);
});

it('whoever gives up while waiting takes no place', async () => {
  const places = new ServerPlaces(1);
  const give = await places.take('a', never);
  const stop = new AbortController();
  const waiting = places.take('a', stop.signal);
  stop.abort(new AppError('aborted', 'enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(places.take('a', stop.signal)).rejects.toThrow('enough');
  give();
  expect(places.isFull('a')).toBe(false);
});
