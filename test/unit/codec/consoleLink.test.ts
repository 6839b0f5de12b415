import { describe, expect, it } from 'vitest';

import { formatConsoleLink, parseConsoleLink } from '../../../shared/codec/link/consoleLink.ts';
import { parseViewerFile } from '../../../shared/codec/viewerFile/viewerFile.ts';
import { readTitle, readViewerTarget } from '../../../shared/codec/viewerFile/viewerTarget.ts';

describe('a link to a console', () => {
  it('names a cluster, a guest by number or name, and a view', () => {
    expect(parseConsoleLink('sluice://north/101')).toEqual({ cluster: 'north', guest: '101' });
    expect(parseConsoleLink('sluice://north/web-01?view=terminal')).toEqual({
      cluster: 'north',
      guest: 'web-01',
      view: 'terminal',
    });
    expect(parseConsoleLink('sluice://pve1.example.org%3A8006/101/')).toEqual({
      cluster: 'pve1.example.org:8006',
      guest: '101',
    });
  });

  it('reads what it writes', () => {
    const link = { cluster: 'büro süd', guest: 'db 1', view: 'spice' as const };
    expect(parseConsoleLink(formatConsoleLink(link))).toEqual(link);
  });

  it.each([
    'sluice://north',
    'sluice:///101',
    'sluice://north/101/more',
    'sluice://north/101?view=shell',
    'sluice://north/101?view=vnc&password=secret',
    'sluice://north/101?insecure=1',
    'sluice://north/101#x',
    'sluice://user:word@north/101',
    'sluice://north/%2e%2e%2fetc',
    'sluice://north/a%00b',
    'sluice://north/--data-dir=x',
    'sluice://north/%zz',
    'sluice://north/%E2%80%AEgnp',
    'https://north/101',
    `sluice://north/${'a'.repeat(700)}`,
  ])('refuses %s with a sentence', (text) => {
    expect(() => parseConsoleLink(text)).toThrow(/^This link cannot be opened\. /);
  });
});

const target = (lines: string) => readViewerTarget(parseViewerFile(`[virt-viewer]\n${lines}`));

describe('where a connection file leads', () => {
  it('is a place for people, and never a secret', () => {
    const ticket = `pvespiceproxy:6a100000:100:pve1:61000::${'ab'.repeat(20)}`;
    const spice = target(`type=spice\nhost=${ticket}\ntls-port=61000\nproxy=http://north:3128\npassword=x\n`);
    expect(spice).toMatchObject({
      address: 'guest 100 on pve1',
      isEncrypted: true,
      proxy: { host: 'north', port: 3128 },
    });
    expect(target('type=vnc\nhost=fe80::1%eth0\nport=5900\n').address).toBe('[fe80::1%eth0]:5900');
  });

  it.each([
    ['type=vnc\nhost=a b\nport=5900\n', 'Its host is neither'],
    ['type=vnc\nhost=-oProxyCommand\nport=5900\n', 'Its host is neither'],
    ['type=vnc\nhost=h\ntls-port=5900\n', 'It names no port'],
    ['type=vnc\nhost=h\nport=1\nproxy=http://p:1\n', 'through a proxy'],
    ['type=spice\nhost=h\nport=1\nproxy=file:///etc/passwd\n', 'Its proxy is not'],
    ['type=spice\nhost=h\nport=1\nproxy=http://user:word@p:1\n', 'Its proxy is not'],
    ['type=spice\nhost=h\nport=1\nproxy=http://p:70000\n', 'Its proxy is not'],
    [`type=spice\nhost=pvespiceproxy:6a100000:100:pve1::${'ab'.repeat(20)}\ntls-port=1\n`, 'ticket for a proxy'],
  ])('refuses %j', (lines, reason) => {
    expect(() => target(lines)).toThrow(reason);
  });

  it('has a title of one short line', () => {
    const file = parseViewerFile(`[virt-viewer]\ntype=vnc\nhost=h\nport=1\ntitle=a\\n\u202eb ${'c'.repeat(300)}\n`);
    expect(readTitle(file)).toMatch(/^a b c{100,}$/);
  });
});
