import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';

import { expect, it } from 'vitest';

import { listenPlain } from '../support/sockets.ts';
import { sleep } from './figures.ts';
import { RelayProcess } from './relayProcess.ts';

const host = '127.0.0.1';
const times = 1_000;
const atOnce = 20;
const bodyBytes = 3_000_000; // more than the window: at the close some is read, some in the system, some not sent yet
const stallsMs = [0, 5, 20, 60];

async function digestOf(port: number, stallMs: number): Promise<string> {
  const hash = createHash('sha256');
  const socket = net.connect({ host, port }).pause();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await sleep(stallMs);
  socket.on('data', (chunk: Buffer) => hash.update(chunk));
  socket.resume();
  await closed;
  return hash.digest('hex');
}

it('loses nothing of a source that closes while its sink is paused, 1,000 times', async () => {
  const body = randomBytes(bodyBytes);
  const whole = createHash('sha256').update(body).digest('hex');
  const source = await listenPlain((socket) => socket.end(body));
  const relay = await RelayProcess.start('--listen', `tcp://${host}:0`, '--to', `tcp://${host}:${source.port}`);
  const digests: string[] = [];
  let started = 0;
  const worker = async () => {
    while (started < times) {
      started += 1;
      digests.push(await digestOf(relay.port, stallsMs[started % stallsMs.length] ?? 0));
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
    expect(digests.filter((digest) => digest === whole)).toHaveLength(times);
    expect(new Set(relay.closed.map(({ reason }) => reason))).toEqual(new Set(['ended']));
  } finally {
    await relay.end();
    source.close();
  }
});
