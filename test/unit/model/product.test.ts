import { describe, expect, it } from 'vitest';

import { authHeaders } from '../../../electron/engine/api/credentials.ts';
import { splitToken } from '../../../shared/model/apiToken.ts';
import { productOf } from '../../../shared/model/product.ts';

describe('which product it is', () => {
  it('shows in the realm that only it has, whatever the port', () => {
    expect(productOf(['pam', 'pve', 'openid'], 8007)).toBe('pve');
    expect(productOf(['pbs', 'pam'], 8006)).toBe('pbs');
    expect(productOf(['ldap', 'pdm'], undefined)).toBe('pdm');
  });

  it('is guessed by the port where no realm tells, and is Proxmox VE else', () => {
    expect(productOf(['pam'], 8007)).toBe('pbs');
    expect(productOf([], 8443)).toBe('pdm');
    expect(productOf(['pam', 'ldap'], 443)).toBe('pve');
  });
});

describe('what signs a request', () => {
  it('is named by each product in its own way', () => {
    const ticket = { kind: 'ticket', user: 'root@pam', ticket: 'PBS:a=', csrf: 'c' } as const;
    expect(authHeaders({ ...ticket, product: 'pbs' }, 'GET')).toEqual({ Cookie: 'PBSAuthCookie=PBS%3Aa%3D' });
    expect(authHeaders({ ...ticket, product: 'pdm', cookie: '__Host-PDMAuthCookie' }, 'POST')).toEqual({
      Cookie: '__Host-PDMAuthCookie=PBS%3Aa%3D',
      CSRFPreventionToken: 'c',
    });
    const token = { kind: 'token', user: 'root@pam!t', token: 's' } as const;
    expect(authHeaders({ ...token, product: 'pbs' }, 'PUT')).toEqual({ Authorization: 'PBSAPIToken=root@pam!t:s' });
    expect(authHeaders({ ...token, product: 'pdm' }, 'GET')).toEqual({ Authorization: 'PDMAPIToken=root@pam!t:s' });
  });

  it('is pasted in the way of each product', () => {
    const whole = { id: 'root@pam!lab', secret: 'aa:bb=cc' };
    expect(splitToken('root@pam!lab:aa:bb=cc')).toEqual(whole);
    expect(splitToken('PBSAPIToken=root@pam!lab:aa:bb=cc')).toEqual(whole);
    expect(splitToken('Authorization: PDMAPIToken root@pam!lab:aa:bb=cc')).toEqual(whole);
  });
});
