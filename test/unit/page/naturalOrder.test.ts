import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { naturalOrder } from '../../../renderer/state/naturalOrder.ts';

const sorted = (...names: string[]) => names.sort(naturalOrder);

it('counts where digits stand, and takes no notice of case', () => {
  expect(sorted('pve10', 'pve2', 'PVE1')).toEqual(['PVE1', 'pve2', 'pve10']);
  expect(sorted('rack2-n10', 'rack10-n1', 'rack2-n9')).toEqual(['rack2-n9', 'rack2-n10', 'rack10-n1']);
  expect(sorted('pve', 'pve1', '')).toEqual(['', 'pve', 'pve1']);
});

it('orders host names as Intl.Collator does', () => {
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  const name = fc.stringMatching(/^[a-zA-Z]{1,3}[1-9]?\d{0,3}[a-z]{0,2}$/);
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(Math.sign(naturalOrder(a, b))).toBe(Math.sign(collator.compare(a, b)));
    }),
  );
});
