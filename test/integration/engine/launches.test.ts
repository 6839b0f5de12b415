import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Launch } from '../../../shared/model/launch.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { type PlainVnc, startPlainVnc } from '../../support/plainVnc.ts';
import { until } from '../../support/until.ts';

const PASSWORD = 'k3pt-1n!'; // VNC looks at eight characters

let bench: EngineBench;
let page: PageState;
let folder: string;
let launches: Launch[] = [];
let server: PlainVnc | undefined;

checkLeaks();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-launch-'));
  launches = [];
  bench = await EngineBench.start();
  page = await bench.signedIn();
  page.page.on('launches.changed', (told) => {
    launches = told.launches;
  });
});

afterEach(async () => {
  await bench.close();
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

function file(lines: readonly string[]): string {
  const path = join(folder, 'console.vv');
  writeFileSync(path, `[virt-viewer]\n${lines.join('\n')}\n`);
  return path;
}

async function asked(text: string): Promise<Launch> {
  await bench.host.engine.launch(text);
  await until(() => launches.length > 0);
  const [launch] = launches;
  if (!launch) throw new Error('nothing waits');
  return launch;
}

describe('what the system hands to the app', () => {
  it('a VNC file connects to nothing before the person agrees, then shows the screen; its password stays here', async () => {
    server = await startPlainVnc(PASSWORD);
    const { port } = server;
    const path = file([
      'type=vnc',
      'host=127.0.0.1',
      `port=${port}`,
      `password=${PASSWORD}`,
      'title=Plain',
      'delete-this-file=1',
    ]);
    const { id, what } = await asked(path);
    expect(what).toEqual({
      kind: 'endpoint',
      protocol: 'vnc',
      address: `127.0.0.1:${port}`,
      title: 'Plain',
      isEncrypted: false,
    });
    expect(existsSync(path)).toBe(false);
    expect(server.connectionCount).toBe(0);

    const opened = await page.page.call('launch.accept', { launchId: id });
    if (opened.kind !== 'console') throw new Error(opened.kind);
    const channel = page.page.open('console', { target: opened.target, view: opened.view, cols: 80, rows: 24 });
    let greeting = '';
    channel.onData((chunk) => {
      greeting += Buffer.from(chunk).toString('latin1');
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => {});
    channel.start();
    await until(() => greeting.startsWith('RFB 003.008\n'));
    channel.write(Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.of(1, 1)])); // no security, shared
    await until(() => greeting.includes('plain'));
    await until(() => server?.connectionCount === 1);
    await until(() => page.meters?.relays.some(({ label }) => label === 'Plain') ?? false);
    channel.dispose();
    expect(JSON.stringify([launches, opened, page.meters])).not.toContain(PASSWORD);
    expect(bench.log.lines.join('\n')).not.toContain(PASSWORD);
    expect(await failureOf(page.page.call('launch.accept', { launchId: id }))).toMatchObject({ code: 'not-found' });
  });

  it('a link finds its cluster by name and by address, whatever the case', async () => {
    const clusterId = page.cluster.id;
    for (const name of [page.cluster.name.toUpperCase(), encodeURIComponent(page.cluster.address)]) {
      const { id, what } = await asked(`sluice://${name}/101?view=terminal`);
      expect(what).toEqual({ kind: 'guest', clusterId, guest: '101', view: 'terminal' });
      await page.page.call('launch.dismiss', { launchId: id });
      await until(() => launches.length === 0);
    }
  });

  it.each([
    ['sluice://elsewhere/101', 'leads to a cluster “elsewhere”, which is not in your list'],
    ['sluice://north/101?password=x', 'This link cannot be opened'],
    ['/nowhere/console.vv', 'is not there any more'],
  ])('%s is refused with a sentence', async (text, reason) => {
    expect((await asked(text)).what).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(reason) as string,
    });
  });

  it('a file that is wrong or too long is refused, and left where it is', async () => {
    const path = file(['type=vnc', `host=${'h'.repeat(70_000)}`, 'port=1', 'delete-this-file=1']);
    expect((await asked(path)).what).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('too long') as string,
    });
    expect(existsSync(path)).toBe(true);
  });

  it('keeps sixteen of a flood of links, and goes on', async () => {
    for (let i = 0; i < 40; i++) await bench.host.engine.launch(`sluice://elsewhere/${i + 1}`);
    await until(() => launches.length > 0);
    expect(launches.length).toBe(16);
  });
});
