import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { createAuthority, issueCertificate } from '../../../../electron/lab/pki/certificate.ts';
import * as der from '../../../../electron/lab/pki/der.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('DER', () => {
  it('writes lengths short and long', () => {
    expect(hex(der.octetString(Buffer.alloc(127))).slice(0, 4)).toBe('047f');
    expect(hex(der.octetString(Buffer.alloc(128))).slice(0, 6)).toBe('048180');
    expect(hex(der.octetString(Buffer.alloc(65_536))).slice(0, 10)).toBe('0483010000');
  });

  it('writes integers in the shortest form, never negative', () => {
    expect(hex(der.integer(Buffer.of(0, 0, 5)))).toBe('020105');
    expect(hex(der.integer(Buffer.of(0x80)))).toBe('02020080');
    expect(hex(der.integer(Buffer.of(0)))).toBe('020100');
  });

  it('writes object names with arcs over 127', () => {
    expect(hex(der.objectId('1.2.840.113549'))).toBe('06062a864886f70d');
    expect(hex(der.objectId('2.5.29.17'))).toBe('0603551d11');
  });

  it('writes times before 2050 with two digits of year, later ones with four', () => {
    expect(
      der
        .time(Date.UTC(2049, 11, 31, 23, 59, 59))
        .toString('latin1')
        .slice(2),
    ).toBe('491231235959Z');
    expect(
      der
        .time(Date.UTC(2050, 0, 1))
        .toString('latin1')
        .slice(2),
    ).toBe('20500101000000Z');
  });
});

describe('a certificate of the lab', () => {
  const nowMs = Date.UTC(2026, 10, 21);
  const authority = createAuthority([['O', 'PVE Cluster Manager CA']], nowMs);
  const subject = [
    ['OU', 'PVE Cluster Node'],
    ['O', 'Proxmox Virtual Environment'],
    ['CN', 'pve1'],
  ] as const;
  const issued = issueCertificate(authority, subject, ['localhost', '127.0.0.1', '::1', 'fe80::1:2'], nowMs);
  const leaf = new X509Certificate(issued.certificatePem);
  const root = new X509Certificate(authority.certificatePem);

  it('is signed by its authority and by nobody else', () => {
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    const other = createAuthority([['O', 'PVE Cluster Manager CA']], nowMs);
    expect(leaf.verify(new X509Certificate(other.certificatePem).publicKey)).toBe(false);
  });

  it('names its subject in Proxmox’ order, and is no authority itself', () => {
    expect(leaf.subject).toBe('OU=PVE Cluster Node\nO=Proxmox Virtual Environment\nCN=pve1');
    expect([leaf.ca, root.ca]).toEqual([false, true]);
  });

  it('holds its names and addresses', () => {
    expect(leaf.checkHost('localhost')).toBe('localhost');
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkIP('::1')).toBe('::1');
    expect(leaf.checkIP('fe80::1:2')).toBe('fe80::1:2');
    expect(leaf.checkHost('pve9')).toBeUndefined();
  });

  it('is valid from the day before for two years, with the fingerprint Proxmox prints', () => {
    expect(Date.parse(leaf.validFrom)).toBe(nowMs - 86_400_000);
    expect(Date.parse(leaf.validTo)).toBe(nowMs - 86_400_000 + 2 * 365 * 86_400_000);
    expect(issued.fingerprint).toMatch(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/);
  });
});
