import { expect, it } from 'vitest';

import { createEmbeddedGuest } from '../../../../electron/lab/guests/embeddedGuest.ts';
import { FakeClock } from '../../../fakes/fakeClock.ts';

/** Two MiB are compared at once, not element by element. */
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

it('shows the node that a guest runs on now, also after it has moved', async () => {
  const clock = new FakeClock();
  let node = 'pve1';
  const guest = createEmbeddedGuest({ vmid: 104, name: 'mail', node: () => node, clock });
  const stays = createEmbeddedGuest({ vmid: 104, name: 'mail', node: () => 'pve1', clock });
  await Promise.all([guest.start(), stays.start()]);
  expect(isSame(await guest.screendump(), await stays.screendump())).toBe(true);
  node = 'pve2';
  expect(isSame(await guest.screendump(), await stays.screendump())).toBe(false);
  await Promise.all([guest.dispose(), stays.dispose()]);
});
