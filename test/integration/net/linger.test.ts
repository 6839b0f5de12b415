import type { Socket } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { connectTcp } from '../../../electron/engine/net/connector.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { patternBytes } from '../../support/bytes.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { deferred, listenPlain } from '../../support/sockets.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const ends: { dispose(): void }[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.dispose();
});

/** Ours, on a clock that stands still, so that only bytes can end the lingering; and the peer, plain Node. */
async function pair() {
  const accepted = deferred<Socket>();
  const server = await listenPlain(accepted.resolve);
  const ours = await connectTcp({ host: '127.0.0.1', port: server.port, clock: new FakeClock() });
  ends.push(ours, { dispose: () => server.close() });
  return { ours, recorder: new Recorder(ours), peer: await accepted.promise };
}

describe('after our end', () => {
  it('resets a peer that writes on and on for nobody', async () => {
    const { ours, recorder, peer } = await pair();
    let written = 0;
    const chunk = patternBytes(1 << 18);
    const goOn = (error?: Error | null) => {
      if (error) return;
      written += chunk.length;
      peer.write(chunk, goOn);
    };
    goOn();
    ours.start();
    ours.write(patternBytes(100));
    ours.close(10_000);
    await until(() => recorder.isClosed && peer.destroyed, 'the reset');
    expect(recorder.reasons).toEqual([{ kind: 'closed' }]);
    expect(written).toBeGreaterThan(4 << 20);
    expect(written).toBeLessThan(32 << 20);
  });

  it('lets a peer finish what was under way, and loses nothing that we sent', async () => {
    const { ours, recorder, peer } = await pair();
    const [sent, answer] = [patternBytes(1 << 20), patternBytes(6 << 20)];
    let got = 0;
    peer.write(answer);
    peer.end();
    ours.start();
    ours.write(sent);
    ours.close(10_000);
    peer.on('data', (chunk) => (got += chunk.length));
    await until(() => recorder.isClosed && peer.closed, 'both ends');
    expect(got).toBe(sent.length);
    expect(peer.errored).toBeNull();
  });
});
