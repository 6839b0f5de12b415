import type net from 'node:net';
import tls from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { connectTcp, connectTls, probeCertificate } from '../../../electron/engine/net/connector.ts';
import { normalizeFingerprint, type Trust } from '../../../electron/engine/net/trust.ts';
import type { AppError } from '../../../shared/base/errors.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, until } from '../../support/until.ts';
import { listenPlain, type Peer, testCertificate } from '../../support/sockets.ts';

checkLeaks();

const host = '127.0.0.1';
const open: Peer[] = [];
afterEach(() => {
  for (const peer of open.splice(0)) peer.close();
});

/** A TLS server that counts what reaches it behind the handshake. */
async function serve(certificate = testCertificate()) {
  const seen = { bytes: 0 };
  const server = tls.createServer(certificate);
  const peer = await listenPlain((socket) => {
    socket.on('data', (chunk) => {
      seen.bytes += chunk.length;
    });
  }, server);
  open.push(peer);
  return { ...certificate, port: peer.port, seen };
}

const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => {
      throw new Error('It succeeded.');
    },
    (error: unknown) => error as AppError,
  );

async function tryTls(port: number, trust: Trust): Promise<'ok'> {
  const duplex = await connectTls({ host, port, trust });
  duplex.dispose();
  return 'ok';
}

describe('trust', () => {
  it('takes a certificate of a given CA, and none of an unknown one', async () => {
    const server = await serve();
    expect(await tryTls(server.port, { caPem: server.ca, isSystemTrusted: false })).toBe('ok');
    expect(await tryTls(server.port, { caPem: server.ca })).toBe('ok');
    for (const trust of [{}, { isSystemTrusted: false }, { fingerprints: [] }]) {
      const error = await failure(tryTls(server.port, trust));
      expect(error.code).toBe('certificate-unknown');
      expect(error.detail).toMatchObject({ fingerprint: server.fingerprint });
    }
  });

  it('takes an accepted fingerprint in place of a CA, however it is spelled', async () => {
    const server = await serve();
    const plain = server.fingerprint.replaceAll(':', '').toLowerCase();
    for (const fingerprint of [server.fingerprint, plain, `SHA256:${plain}`]) {
      expect(await tryTls(server.port, { fingerprints: [fingerprint], isSystemTrusted: false })).toBe('ok');
    }
  });

  it('says that the certificate changed, with both fingerprints, and has sent nothing', async () => {
    const old = testCertificate();
    const server = await serve();
    const error = await failure(tryTls(server.port, { fingerprints: [old.fingerprint] }));
    expect(error.code).toBe('certificate-changed');
    expect(error.detail).toMatchObject({ fingerprint: server.fingerprint, acceptedFingerprint: old.fingerprint });
    await quiet();
    expect(server.seen.bytes).toBe(0);
  });

  it('refuses a certificate of the right CA for another name', async () => {
    const server = await serve(testCertificate(['pve2.example.org']));
    const error = await failure(tryTls(server.port, { caPem: server.ca, isSystemTrusted: false }));
    expect(error.code).toBe('certificate-unknown');
    expect(error.detail).toMatchObject({ problem: 'NAME_MISMATCH' });
  });

  it('compares the subject in place of the name where a ticket gives one', async () => {
    const server = await serve(testCertificate(['pve2.example.org']));
    const subject = 'OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN=pve1.example.org';
    expect(await tryTls(server.port, { caPem: server.ca, isSystemTrusted: false, subject })).toBe('ok');
    const other = { caPem: server.ca, isSystemTrusted: false, subject: subject.replace('pve1', 'pve2') };
    expect((await failure(tryTls(server.port, other))).code).toBe('certificate-unknown');
    expect((await failure(tryTls(server.port, { isSystemTrusted: false, subject }))).code).toBe('certificate-unknown');
  });

  it('probes a certificate and sends nothing but the handshake', async () => {
    const server = await serve();
    const probe = await probeCertificate({ host, port: server.port, trust: {} });
    expect(probe.verdict.kind).toBe('refused');
    expect(probe.certificate).toMatchObject({
      fingerprint: server.fingerprint,
      subject: 'OU=PVE Cluster Node, O=Proxmox Virtual Environment, CN=pve1.example.org',
      issuer: 'CN=Test CA',
    });
    expect(probe.certificate.validFromMs).toBeLessThan(Date.now());
    expect(probe.certificate.validToMs).toBeGreaterThan(Date.now());
    await quiet();
    expect(server.seen.bytes).toBe(0);
  });

  it('knows a fingerprint from other text', () => {
    expect(normalizeFingerprint('ab'.repeat(32))).toBe('AB:'.repeat(31).concat('AB'));
    expect(normalizeFingerprint('ab'.repeat(31))).toBeUndefined();
    expect(normalizeFingerprint(`${'ab'.repeat(31)}xy`)).toBeUndefined();
  });
});

describe('what goes wrong on the way', () => {
  const trust = { isSystemTrusted: false };

  it('tells a port that nobody listens on', async () => {
    const peer = await listenPlain(() => {});
    peer.close();
    await quiet();
    for (const error of [
      await failure(connectTcp({ host, port: peer.port })),
      await failure(connectTls({ host, port: peer.port, trust })),
    ]) {
      expect(error.code).toBe('refused');
      expect(error.message).toContain(`127.0.0.1:${peer.port} refused the connection.`);
    }
  });

  it('tells a name that does not exist', async () => {
    const error = await failure(connectTcp({ host: 'no-such-host.invalid', port: 8006 }));
    expect(error.code).toBe('name-not-found');
  });

  it('tells a server that speaks plain HTTP on the port', async () => {
    const peer = await listenPlain((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    open.push(peer);
    const error = await failure(connectTls({ host, port: peer.port, trust }));
    expect(error.code).toBe('tls');
    expect(error.message).toContain('answered without TLS');
  });

  it('tells a server that hangs up during the handshake', async () => {
    for (const hangUp of ['end', 'resetAndDestroy'] as const) {
      const peer = await listenPlain((socket) => socket.once('data', () => socket[hangUp]()));
      open.push(peer);
      const error = await failure(connectTls({ host, port: peer.port, trust }));
      expect(error.code).toBe('reset');
      expect(error.message).toContain('closed the connection during the TLS handshake');
    }
  });

  it('gives up on a server that takes the connection and never shakes hands', async () => {
    const clock = new FakeClock();
    const sockets: net.Socket[] = [];
    const peer = await listenPlain((socket) => sockets.push(socket));
    open.push(peer);
    const attempt = failure(connectTls({ host, port: peer.port, trust, clock, timeoutMs: 5000 }));
    await until(() => sockets.length === 1);
    clock.advance(5000);
    expect((await attempt).code).toBe('timeout');
  });

  it('ends an attempt that is aborted, before and during it', async () => {
    const peer = await listenPlain(() => {});
    open.push(peer);
    expect((await failure(connectTcp({ host, port: peer.port, signal: AbortSignal.abort() }))).code).toBe('aborted');
    const controller = new AbortController();
    const attempt = failure(connectTls({ host, port: peer.port, trust, signal: controller.signal }));
    controller.abort();
    expect((await attempt).code).toBe('aborted');
  });

  it('keeps the system’s own words out of messages', async () => {
    const peer = await listenPlain((socket) => socket.end('\u0015\u0003\u0001\u0000\u0002\u0002\u0050'));
    open.push(peer);
    const error = await failure(connectTls({ host, port: peer.port, trust }));
    expect(error.code).toBe('tls');
    expect(error.message).not.toMatch(/ssl3|routines|\.c:\d/);
  });
});
