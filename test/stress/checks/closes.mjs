import { createHash, randomBytes } from 'node:crypto';

import { sleep } from '../../bench/processes.mjs';
import { listen, open } from '../ends.mjs';
import { startRelay } from '../relayProcess.mjs';

const TIMES = 1_000;
const AT_ONCE = 20;
const BYTES = 3_000_000; // more than the window: the source closes with some read, some in the system, some unread
const STALLS_MS = [0, 5, 20, 60];

/** A source that ends and closes while its sink does not read. */
export const closes = {
  name: 'closes',

  async run(report, { cli }) {
    const body = randomBytes(BYTES);
    const whole = createHash('sha256').update(body).digest('hex');
    const source = await listen((socket) => socket.end(body));
    const relay = await startRelay(cli, ['--listen', 'tcp://127.0.0.1:0', '--to', `tcp://127.0.0.1:${source.port}`]);
    let wholes = 0;
    let tried = 0;
    const worker = async () => {
      while (tried < TIMES) {
        const stallMs = STALLS_MS[tried % STALLS_MS.length];
        tried += 1;
        if ((await receive(relay.port, stallMs)) === whole) wholes += 1;
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      report.figure(`whole, of ${TIMES}`, wholes, { least: TIMES });
      report.holds(
        'every relay ended regularly',
        relay.closed.every(({ reason }) => reason === 'ended'),
      );
    } finally {
      await relay.end();
      source.close();
    }
  },
};

async function receive(port, stallMs) {
  const socket = await open(port);
  const hash = createHash('sha256');
  const ended = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  await sleep(stallMs);
  socket.on('data', (chunk) => hash.update(chunk));
  socket.resume();
  await ended;
  socket.end();
  return hash.digest('hex');
}
