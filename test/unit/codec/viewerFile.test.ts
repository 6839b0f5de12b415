import { describe, expect, it } from 'vitest';

import { formatViewerFile, parseViewerFile, type ViewerFile } from '../../../shared/codec/viewerFile/viewerFile.ts';

// As Proxmox VE's web page hands it out (PVE wire facts 5.1).
const fromServer = `[virt-viewer]
type=spice
title=VM 100 - web
host=pvespiceproxy:6a100000:100:pve1:61000::${'ab'.repeat(20)}
proxy=http://pve1.example.org:3128
tls-port=61000
password=${'cd'.repeat(20)}
ca=-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n
host-subject=OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN=pve1.example.org
delete-this-file=1
secure-attention=Ctrl+Alt+Ins
toggle-fullscreen=Shift+F11
release-cursor=Ctrl+Alt+R
`;

const failure = (text: string) => () => parseViewerFile(text);
const minimal = (more: string) => `[virt-viewer]\ntype=vnc\nhost=h\nport=1\n${more}`;

describe('a connection file for viewers', () => {
  it('is read as the server writes it, newlines of the certificate included', () => {
    expect(parseViewerFile(fromServer)).toEqual({
      type: 'spice',
      host: `pvespiceproxy:6a100000:100:pve1:61000::${'ab'.repeat(20)}`,
      tlsPort: 61_000,
      password: 'cd'.repeat(20),
      proxy: 'http://pve1.example.org:3128',
      caPem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      hostSubject: 'OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN=pve1.example.org',
      title: 'VM 100 - web',
      deleteThisFile: true,
      secureAttention: 'Ctrl+Alt+Ins',
      toggleFullscreen: 'Shift+F11',
      releaseCursor: 'Ctrl+Alt+R',
    });
  });

  it('comes back the same after it was written, whatever its texts hold', () => {
    const file: ViewerFile = {
      type: 'vnc',
      host: '127.0.0.1',
      port: 5900,
      password: '  a\\n b=c;#\t',
      title: 'Büro [1]\nsecond line',
      deleteThisFile: false,
    };
    const text = formatViewerFile(file);
    expect(text.split('\n')).toHaveLength(8); // the newline within is none of the file's
    expect(parseViewerFile(text)).toEqual(file);
  });

  it('may have comments, blank lines, CRLF and names of other versions', () => {
    expect(parseViewerFile(`# made by hand\r\n\r\n${minimal('fullscreen=1\n').replaceAll('\n', '\r\n')}`)).toEqual({
      type: 'vnc',
      host: 'h',
      port: 1,
    });
  });

  it('is refused when it is not exactly one', () => {
    expect(failure('')).toThrow('does not begin with [virt-viewer]');
    expect(failure('type=spice\n')).toThrow('does not begin');
    expect(failure('[other]\ntype=vnc\n')).toThrow('does not begin');
    expect(failure(minimal('[ovirt]\nhost=x\n'))).toThrow('Line 5 is no name=value');
    expect(failure(minimal('host=other\n'))).toThrow('names host again');
    expect(failure(minimal('title=a\\qb\n'))).toThrow('unknown escape');
    expect(failure(minimal('title=a\u0000b\n'))).toThrow('control characters');
    expect(failure(minimal('tls-port=0\n'))).toThrow('tls-port is no port');
    expect(failure(minimal('tls-port=1e3\n'))).toThrow('no port');
    expect(failure(minimal('delete-this-file=yes\n'))).toThrow('neither 0 nor 1');
    expect(failure('[virt-viewer]\ntype=rdp\nhost=h\nport=1\n')).toThrow('neither spice nor vnc');
    expect(failure('[virt-viewer]\ntype=vnc\nport=1\n')).toThrow('no host');
    expect(failure('[virt-viewer]\ntype=vnc\nhost=h\n')).toThrow('no port');
    expect(failure(`[virt-viewer]\n${'#'.repeat(70_000)}`)).toThrow('too long');
  });

  it('is not written with what would become another line or a control character', () => {
    expect(() => formatViewerFile({ type: 'vnc', host: 'a\u0007', port: 1 })).toThrow('control characters');
    const text = formatViewerFile({ type: 'vnc', host: 'a\nproxy=http://elsewhere', port: 1 });
    expect(parseViewerFile(text).proxy).toBeUndefined();
  });

  it('keeps blanks at the beginning of a value that only Unicode calls blanks', () => {
    for (const title of ['\u00a0a', '\u3000', ' \u2028b']) {
      const file = { type: 'spice' as const, host: 'h', tlsPort: 61_000, title };
      expect(parseViewerFile(formatViewerFile(file))).toEqual(file);
    }
  });
});
