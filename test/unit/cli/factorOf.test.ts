import { expect, it } from 'vitest';

import { factorOf } from '../../../electron/cli/cluster/openCluster.ts';

it('tells a second factor by its shape, among those that are offered', () => {
  const all = ['totp', 'recovery', 'yubico'] as const;
  expect(factorOf(' 123 456 ', all)).toBe('totp');
  expect(factorOf('0123-4567-89AB-cdef', all)).toBe('recovery');
  expect(factorOf('c'.repeat(44), all)).toBe('yubico');
  expect(factorOf('0123-4567-89ab-cdef', ['totp'])).toBe('totp');
  expect(factorOf('123456', ['recovery'])).toBe('recovery');
});
