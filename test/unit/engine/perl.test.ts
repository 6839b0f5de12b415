import { expect, it } from 'vitest';
import * as z from 'zod/mini';

import { lenient, listOf, perlFlag, perlNumber, perlText } from '../../../electron/engine/api/perl.ts';
import { challengeJson, realmsAnswer, resourcesAnswer } from '../../../electron/engine/api/schemas.ts';

it('reads numbers that came as strings, and no other text', () => {
  const schema = z.object({ port: perlNumber });
  expect(z.parse(schema, { port: '5900' })).toEqual({ port: 5900 });
  expect(z.parse(schema, { port: 5900 })).toEqual({ port: 5900 });
  for (const port of ['', 'x', '0x10', null]) expect(z.safeParse(schema, { port }).success).toBe(false);
});

it('reads booleans in all their forms, absent ones too', () => {
  const schema = z.object({ flag: perlFlag });
  for (const flag of [1, '1', true]) expect(z.parse(schema, { flag })).toEqual({ flag: true });
  for (const flag of [0, '0', '', false, null, undefined]) expect(z.parse(schema, { flag })).toEqual({ flag: false });
  expect(z.parse(schema, {})).toEqual({ flag: false });
});

it('leaves out what is absent, null or odd, and keeps the rest', () => {
  const schema = z.object({ name: perlText, cpu: lenient(perlNumber) });
  expect(z.parse(schema, { name: 100, cpu: null })).toEqual({ name: '100', cpu: undefined });
  expect(z.parse(schema, { name: 'a', cpu: {} })).toEqual({ name: 'a', cpu: undefined });
  expect(z.parse(listOf(schema), [{ name: 'a' }, 7, { cpu: 1 }])).toEqual([{ name: 'a', cpu: undefined }]);
  expect(z.parse(listOf(schema), null)).toEqual([]);
});

it('reads guests a server knows next to nothing about', () => {
  const [guest] = z.parse(resourcesAnswer, [
    { type: 'qemu', id: 'qemu/100', vmid: '100', node: 'pve1', status: 'unknown' },
  ]);
  expect(guest).toMatchObject({ id: 'qemu/100', vmid: 100, template: false });
});

it('reads realms and second factors with most of their fields absent', () => {
  expect(z.parse(realmsAnswer, [{ realm: 'pve', type: 'pve' }])[0]).toMatchObject({ realm: 'pve', default: false });
  expect(z.parse(challengeJson, { recovery: [0, 1] })).toMatchObject({ totp: false, recovery: [0, 1], yubico: false });
});
