import type net from 'node:net';
import tls from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { openTarget } from '../../../electron/engine/relay/target.ts';
import type { Tunnel } from '../../../electron/engine/tunnel/tunnel.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { Budget } from '../../../shared/flow/budget.ts';
import { firstWrong, patternBytes } from '../../support/bytes.ts';
import { FarAway, farAwayMissing } from '../../support/farAway.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { testCertificate } from '../../support/sockets.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const heartbeatMs = 1000; // the system sends again after 0.2, 0.6, 1.4 s
const slackMs = 3000; // of a machine that others use, too
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const { cert, key, fingerprint } = testCertificate();
const kinds = ['tcp', 'tls'] as const;
type Kind = (typeof kinds)[number];

/** A server far away that speaks TCP, or TLS in it. */
async function farServer(kind: Kind, speak: (socket: net.Socket) => void): Promise<FarAway> {
  const secured = (socket: net.Socket) => new tls.TLSSocket(socket, { isServer: true, cert, key });
  const away = await FarAway.open((socket) => {
    const top = kind === 'tls' ? secured(socket) : socket;
    top.on('error', () => {});
    speak(top.resume());
  });
  closing.push(() => away.close());
  return away;
}

interface Watched {
  readonly tunnel: Tunnel;
  readonly recorder: Recorder;
  readonly story: string[];
}

async function connect(kind: Kind, { host, port }: FarAway, beatMs = heartbeatMs): Promise<Watched> {
  const endpoint = { kind, address: { host, port } } as const;
  const plan = { budget: new Budget(), windowBytes: 1 << 20, weight: 'bulk' } as const;
  const trust = { fingerprints: [fingerprint], isSystemTrusted: false };
  const tunnel = await openTarget({ endpoint, trust, heartbeatMs: beatMs }, plan, never, systemClock);
  closing.push(() => tunnel.dispose());
  const story: string[] = [];
  tunnel.onHealth((health) => story.push(health));
  const recorder = new Recorder(tunnel.duplex);
  tunnel.duplex.start();
  return { tunnel, recorder, story };
}
const never = new AbortController().signal;

const chunk = patternBytes(1 << 16);

/** Writes as fast as it is taken; gives the bytes that were. */
function flood(tunnel: Tunnel): () => number {
  let bytes = 0;
  const write = () =>
    tunnel.duplex.write(chunk, () => {
      bytes += chunk.length;
      write();
    });
  write();
  return () => bytes;
}

const world = farAwayMissing === undefined ? '' : ` (skipped: ${farAwayMissing})`;
describe.skipIf(farAwayMissing !== undefined).each(kinds)(`a %s tunnel to another network${world}`, (kind) => {
  it('is late, then dead within 3 heartbeats when packets vanish with data of ours under way', async () => {
    const away = await farServer(kind, () => {});
    const { tunnel, recorder, story } = await connect(kind, away);
    const moved = flood(tunnel);
    await until(() => moved() > 4 << 20, 'the flood');
    away.blackhole();
    const sinceMs = performance.now();
    await until(() => recorder.isClosed, 'the end', 20_000);
    const isForgiven = story.includes('alive'); // where this machine itself was late, the peer gets its time anew
    expect(performance.now() - sinceMs).toBeLessThan(heartbeatMs * (isForgiven ? 9 : 3) + slackMs);
    expect(story.slice(-2)).toEqual(['late', 'dead']);
    expect(recorder.reasons).toMatchObject([{ kind: 'failed', error: { code: 'timeout', retry: 'later' } }]);
  });

  it('is found dead by the probes of the system when packets vanish in silence', async () => {
    const away = await farServer(kind, () => {});
    const { recorder, story } = await connect(kind, away);
    away.blackhole();
    await until(() => recorder.isClosed, 'the end', 20_000);
    expect(story.slice(-2)).toEqual(['late', 'dead']);
    expect(recorder.reasons).toMatchObject([{ kind: 'failed', error: { code: 'timeout' } }]);
  });

  it('is alive again when the hole was short, and has lost nothing', async () => {
    const bytes: Buffer[] = [];
    const away = await farServer(kind, (socket) => socket.on('data', (piece: Buffer) => bytes.push(piece)));
    const { tunnel, story } = await connect(kind, away, 3 * heartbeatMs);
    tunnel.duplex.write(chunk);
    await until(() => Buffer.concat(bytes).length === chunk.length, 'the first chunk');
    away.blackhole();
    tunnel.duplex.write(chunk);
    await until(() => story.includes('late'), 'the news', 20_000);
    away.heal();
    await until(
      () => story.includes('alive') && Buffer.concat(bytes).length === 2 * chunk.length,
      'the recovery',
      20_000,
    );
    const whole = Buffer.concat(bytes);
    expect(firstWrong(whole.subarray(0, chunk.length), 0)).toBe(-1);
    expect(firstWrong(whole.subarray(chunk.length), 0)).toBe(-1);
    expect(story).toEqual(['late', 'alive']);
  }, 60_000);

  it('is not even late while the peer reads nothing for six heartbeats', async () => {
    const sockets: net.Socket[] = [];
    const away = await farServer(kind, (socket) => sockets.push(socket.pause()));
    const { tunnel, story } = await connect(kind, away);
    const moved = flood(tunnel);
    await new Promise((resolve) => setTimeout(resolve, heartbeatMs * 6));
    const before = moved();
    await quiet();
    expect(moved()).toBe(before);
    expect(story).toEqual([]);
    for (const socket of sockets) socket.resume(); // one is of who looked whether the server is there
    await until(() => moved() > before + (4 << 20), 'the rest');
  }, 30_000);

  it('is noticed within two heartbeats when the peer resets', async () => {
    const away = await farServer(kind, (socket) => socket.write('hello'));
    const { recorder } = await connect(kind, away);
    await until(() => recorder.bytes === 5, 'the greeting'); // the handshake is over for both
    const sinceMs = performance.now();
    away.reset();
    await until(() => recorder.isClosed, 'the end');
    expect(performance.now() - sinceMs).toBeLessThan(heartbeatMs * 2 + slackMs);
    expect(recorder.reasons).toMatchObject([{ kind: 'failed', error: { code: 'reset' } }]);
  });

  it('carries every byte over a slow line with a full queue, and is not called late', async () => {
    const total = 3 << 20;
    const got: Buffer[] = [];
    const sent = patternBytes(total);
    const away = await farServer(kind, (socket) => {
      socket.on('data', (piece: Buffer) => got.push(piece));
      socket.write(sent);
    });
    away.limit(16_000_000, 300);
    const { tunnel, recorder, story } = await connect(kind, away);
    tunnel.duplex.write(sent);
    await until(() => recorder.bytes === total && Buffer.concat(got).length === total, 'both ways', 20_000);
    expect(firstWrong(recorder.received, 0)).toBe(-1);
    expect(firstWrong(Buffer.concat(got), 0)).toBe(-1);
    expect(story).toEqual([]);
  }, 30_000);
});
