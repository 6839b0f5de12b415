import { expect, it } from 'vitest';

import { RedactingLog, redactValue } from '../../../electron/engine/log/redact.ts';
import { redactText } from '../../../shared/base/redactText.ts';

it.each([
  ['ticket PVE:root@pam:67A1B2C3::AbC/+= was refused', 'ticket [hidden] was refused'],
  ['Cookie: PVEAuthCookie=PVE%3Aroot%40pam%3A67A1B2C3%3A%3AAbC%3D; path', 'Cookie: [hidden]; path'],
  ['GET /x?vncticket=abcdefgh%3APVEVNC%3A67&port=5900', 'GET /x?[hidden]&port=5900'],
  ['Authorization: PVEAPIToken=root@pam!mon=aaaa-bbbb', 'Authorization: [hidden]'],
  ['csrf 67A1B2C3:0123456789abcdefghijklmnopqrstuvwxyz012345', 'csrf [hidden]'],
  ['open http://127.0.0.1:8080/login/abcdefghijklmnopqrstuvwxyz', 'open http://127.0.0.1:8080[hidden]'],
  ['GET /callback?state=abc-DEF_123&code=xyz sent', 'GET /callback[hidden][hidden] sent'],
  ['__Host-PBSAuthCookie=PBS%3Aroot%40pam%3A67', '__Host-[hidden]'],
  ['PDMAPIToken=root@pam!mon:aaaa-bbbb', '[hidden]'],
  ['VM 100 is running on pve1', 'VM 100 is running on pve1'],
])('writes %s as %s', (text, expected) => {
  expect(redactText(text)).toBe(expected);
});

it('hides fields by their name, however deep', () => {
  const fields = { user: 'root@pam', password: 'x', nested: { csrfToken: 'y', list: [{ ticket: 'z', node: 'pve1' }] } };
  const hidden = '[hidden]';
  expect(redactValue(fields)).toEqual({
    user: 'root@pam',
    password: hidden,
    nested: { csrfToken: hidden, list: [{ ticket: hidden, node: 'pve1' }] },
  });
});

it('cuts what is deep, long or bytes', () => {
  const deep: Record<string, unknown> = {};
  deep['self'] = deep;
  expect(JSON.stringify(redactValue(deep))).toContain('[deep]');
  expect(redactValue(new Uint8Array(10))).toBe('[10 bytes]');
});

it('does not fail when the sink does', () => {
  const log = new RedactingLog({
    write() {
      throw new Error('the disk is full');
    },
  });
  expect(() => log.write('info', 'a', 'b')).not.toThrow();
});
