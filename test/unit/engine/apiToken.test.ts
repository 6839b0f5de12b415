import { describe, expect, it } from 'vitest';

import { authHeaders } from '../../../electron/engine/api/credentials.ts';
import { readSignIn, writeSignIn } from '../../../electron/engine/session/signInVault.ts';
import { MemoryVault } from '../../../electron/hosts/vaults/memoryVault.ts';
import { isTokenId, splitToken, tokenRefusal, tokenSecret } from '../../../shared/model/apiToken.ts';

describe('an API token', () => {
  it('is told from a user by its name', () => {
    for (const id of ['root@pam!lab', 'a.b-c@ad_1!mon-2', 'ada@pve!t1']) expect(isTokenId(id), id).toBe(true);
    for (const id of [undefined, '', 'root@pam', 'root!lab', 'root@pam!', 'a b@pam!lab', 'root@pam!1x', 'r@p!a=b'])
      expect(isTokenId(id), id).toBe(false);
  });

  it('is taken apart as people paste it, and left alone where it is not whole', () => {
    const whole = { id: 'root@pam!lab', secret: 'aaaa-bbbb' };
    expect(splitToken(' root@pam!lab=aaaa-bbbb\n')).toEqual(whole);
    expect(splitToken('PVEAPIToken=root@pam!lab=aaaa-bbbb')).toEqual(whole);
    expect(splitToken('Authorization: PVEAPIToken=root@pam!lab=aaaa-bbbb')).toEqual(whole);
    for (const text of ['root@pam!lab', 'root@pam!lab=', '=x', 'root@pam=x', 'root@pam!lab=a b'])
      expect(splitToken(text), text).toBeUndefined();
  });

  it('has a secret that can break out of no header', () => {
    expect(tokenSecret.safeParse('aaaa-bbbb').success).toBe(true);
    for (const secret of ['', 'a\r\nCookie: x', 'a b', 'ä']) expect(tokenSecret.safeParse(secret).success).toBe(false);
  });

  it('signs with one header, and never with a cookie or a CSRF token', () => {
    const credentials = { kind: 'token', user: 'root@pam!lab', token: 's' } as const;
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(authHeaders(credentials, method)).toEqual({ Authorization: 'PVEAPIToken=root@pam!lab=s' });
  });

  it('is refused what its server refuses', () => {
    const old = { user: 'root@pam!lab', version: '9.0.12' };
    expect(tokenRefusal(old, 'guest', 'terminal')).toMatch(/before 9.1/);
    expect(tokenRefusal({ ...old, version: '8.4.1-2' }, 'node', 'terminal')).toMatch(/before 9.1/);
    expect(tokenRefusal(old, 'guest', 'vnc')).toBeUndefined();
    expect(tokenRefusal(old, 'node', 'vnc')).toMatch(/screen of a node/);
    for (const version of ['9.0.13', '9.1', '9.1.0', '10.0.0', undefined])
      expect(tokenRefusal({ ...old, version }, 'guest', 'terminal'), version).toBeUndefined();
    expect(tokenRefusal({ user: 'root@pam', version: '7.4' }, 'node', 'vnc')).toBeUndefined();
  });

  it('is kept beside tickets, and what is damaged is as if nothing was kept', async () => {
    const vault = new MemoryVault();
    const token = { user: 'root@pam!lab', token: 's' };
    const ticket = { user: 'root@pam', ticket: 't', csrf: 'c', issuedAtMs: 1 };
    await writeSignIn(vault, 'a', token);
    await writeSignIn(vault, 'b', ticket);
    await vault.write('ticket/c', '{"user":"root@pam"}');
    expect(await readSignIn(vault, 'a')).toEqual(token);
    expect(await readSignIn(vault, 'b')).toEqual(ticket);
    expect(await readSignIn(vault, 'c')).toBeUndefined();
  });
});
