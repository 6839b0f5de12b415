// An update keeps what was there, a downgrade leaves it alone. `test/fixtures/data-0.1.0` is a data folder as version
// 0.1.0 wrote it before there were marks, with a lab's address and fingerprint taken out.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { createNodeDeps } from '../../../electron/hosts/nodeDeps.ts';
import { createInProcessHost, type InProcessHost } from '../../../electron/hosts/inProcess/inProcessHost.ts';
import { root } from '../../../build/paths.mjs';
import type { Result } from '../../../shared/wire/contract.ts';
import { wireVersion } from '../../../shared/wire/linkTerms.ts';
import { EngineBench, FakeLog, PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let dir: string;
let bench: EngineBench;
let host: InProcessHost | undefined;
beforeEach(async () => {
  bench = await EngineBench.start({ life: false });
  dir = mkdtempSync(join(tmpdir(), 'sluice-versions-'));
  cpSync(join(root, 'test/fixtures/data-0.1.0'), dir, { recursive: true });
  const path = join(dir, 'clusters.json');
  const text = readFileSync(path, 'utf8').replaceAll('ADDRESS', bench.lab.address);
  writeFileSync(path, text.replaceAll('FINGERPRINT', bench.lab.fingerprint));
});
afterEach(async () => {
  await host?.engine.close(100);
  host = undefined;
  await bench.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A program of this version on the folder, and what its page is told first. */
async function start(version: string): Promise<{ state: PageState; hello: Result<'app.hello'> }> {
  const deps = createNodeDeps({ host: 'in-process', version, dataDir: dir, log: new FakeLog() });
  await deps.documents.claim();
  host = createInProcessHost(deps);
  const state = new PageState(host.connect());
  return { state, hello: await state.page.call('app.hello', { wireVersion }) };
}

function everyByte(): Record<string, string> {
  return Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]));
}

it('an update keeps settings, trust, history and the queue', async () => {
  const { state, hello } = await start('0.2.0');
  expect(hello.settings).toMatchObject({
    theme: 'dark',
    releaseKey: 'ScrollLock',
    terminalFontSizePx: 15,
    keepsSignIns: false,
    notices: { finished: false, quiet: [1320, 420] },
  });
  await until(() => state.clusters.length > 0);
  expect(state.cluster).toMatchObject({ name: 'lab', address: bench.lab.address });
  const { entries } = await state.page.call('history.list', { filter: {}, limit: 10 });
  expect(entries.map(({ type, state: end }) => `${type} ${end}`).sort()).toEqual(['qmigrate ok', 'vzmigrate ok']);
  // Trust: the certificate that was accepted then is good now, without being accepted again.
  const [username = '', realm = ''] = bench.lab.username.split('@');
  const { address, password } = bench.lab;
  expect(await state.page.call('session.login', { address, username, realm, password })).toMatchObject({
    kind: 'signed-in',
    clusterId: state.cluster.id,
  });
  await until(() => state.guests.size > 0);
});

it('a version that is older than the data refuses it with a reason, and changes no byte', async () => {
  await start('0.3.0');
  await host?.engine.close(100);
  host = undefined;
  const before = everyByte();
  expect(JSON.parse(before['written-by.json'] ?? '')).toEqual({ version: '0.3.0' });
  await expect(start('0.2.9')).rejects.toThrow(/written by Sluice 0\.3\.0\. This is Sluice 0\.2\.9, which is older/);
  const { documents } = createNodeDeps({ host: 'in-process', version: '0.2.9', dataDir: dir });
  await expect(documents.read('settings')).rejects.toThrow(/older/);
  await expect(documents.write('settings', {})).rejects.toThrow(/older/);
  await expect(documents.update('clusters', () => ({}))).rejects.toThrow(/older/);
  expect(everyByte()).toEqual(before);
});

it('the same and a later version go on', async () => {
  await start('0.3.0');
  await host?.engine.close(100);
  await start('0.3.0');
  await host?.engine.close(100);
  await start('0.3.1');
  expect(JSON.parse(everyByte()['written-by.json'] ?? '')).toEqual({ version: '0.3.1' });
});
