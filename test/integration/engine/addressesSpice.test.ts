import tls from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { parseViewerFile } from '../../../shared/codec/viewerFile/viewerFile.ts';
import { ConnectClient } from '../../support/connectClient.ts';
import { failureOf } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { listenPlain, type Peer, testCertificate } from '../../support/sockets.ts';
import { until } from '../../support/until.ts';
import { ViewerBench } from '../../support/viewerBench.ts';

let viewers: ViewerBench | undefined;
let peer: Peer | undefined;

checkLeaks();

afterEach(async () => {
  await viewers?.close();
  peer?.close();
  viewers = undefined;
});

/** What the viewer was handed, and a channel of it. */
async function channelOf(bench: ViewerBench): Promise<{ client: ConnectClient; password: string | undefined }> {
  const { stdin } = await bench.report('remote-viewer');
  const { host, port, proxy = '', password } = parseViewerFile(stdin);
  const client = new ConnectClient(Number(proxy.split(':').at(-1)));
  client.send(`CONNECT ${host}:${port} HTTP/1.0\r\n\r\n`);
  await until(() => client.text.includes('200 OK'));
  return { client, password };
}

describe('a SPICE server at an address of its own', () => {
  it('opens in a viewer that speaks plainly to us, while we check and encrypt the way to the server', async () => {
    const certificate = testCertificate();
    const { cert, key, fingerprint } = certificate;
    peer = await listenPlain((socket) => socket.pipe(socket), tls.createServer({ cert, key }));
    viewers = await ViewerBench.start(['remote-viewer']);
    const { page } = viewers.page;
    const wish = { address: `spice+tls://127.0.0.1:${peer.port}`, password: 'tick3t' };
    expect(await page.call('address.open', wish)).toMatchObject({ kind: 'certificate', certificate: { fingerprint } });
    const opened = page.call('address.open', { ...wish, acceptFingerprint: fingerprint });
    const { client, password } = await channelOf(viewers);
    expect(password).toBe('tick3t');
    client.send('REDQ');
    await until(() => client.text.endsWith('REDQ'));
    expect(await opened).toEqual({ kind: 'viewer', viewer: 'Remote Viewer' });
    client.socket.destroy();
  });

  it('says that a viewer is missing', async () => {
    viewers = await ViewerBench.start([]);
    const failed = await failureOf(viewers.page.page.call('address.open', { address: 'spice://127.0.0.1:5930' }));
    expect(failed).toMatchObject({ code: 'not-found', detail: { missing: 'viewer' } });
  });
});
