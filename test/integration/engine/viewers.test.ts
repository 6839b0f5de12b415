import { readdirSync, readFileSync, statSync } from 'node:fs';

import { afterEach, describe, expect, it } from 'vitest';

import { parseViewerFile, type ViewerFile } from '../../../shared/codec/viewerFile/viewerFile.ts';
import { ConnectClient } from '../../support/connectClient.ts';
import { type EngineBenchOptions, failureOf } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { ViewerBench, type ViewerReport } from '../../support/viewerBench.ts';

const clients: ConnectClient[] = [];
let bench: ViewerBench;

checkLeaks();

async function start(
  programs: readonly string[],
  env: Record<string, string> = {},
  options: EngineBenchOptions = {},
): Promise<void> {
  bench = await ViewerBench.start(programs, env, options);
}

afterEach(async () => {
  for (const one of clients.splice(0)) one.destroy();
  await bench.close();
});

function client(port: number): ConnectClient {
  const one = new ConnectClient(port);
  clients.push(one);
  return one;
}

const portOf = (file: ViewerFile) => Number(new URL(file.proxy ?? '').port);
const authorityOf = (file: ViewerFile) => `${file.host}:${file.tlsPort}`;

/** The command lines of every process there is. */
function commandLines(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return ''; // it ended meanwhile
      }
    })
    .join('\n');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

describe('a SPICE viewer', () => {
  /** Opens guest 100 and its first channel. */
  async function visit(): Promise<{ report: ViewerReport; file: ViewerFile; main: ConnectClient }> {
    const opened = bench.open('qemu/100', 'spice');
    const report = await bench.report('remote-viewer');
    const file = parseViewerFile(report.stdin);
    const main = client(portOf(file));
    main.ask(authorityOf(file));
    await main.says('200 OK\r\n\r\n');
    expect(await opened).toEqual({ viewer: 'Remote Viewer' });
    return { report, file, main };
  }

  it('gets its file on standard input, and its channels through relays that carry the guest’s name', async () => {
    await start(['remote-viewer']);
    const { file, main } = await visit();
    expect(file).toMatchObject({
      type: 'spice',
      tlsPort: bench.spice.port,
      password: bench.spice.passwords[0],
      caPem: bench.bench.lab.caPem,
      hostSubject: 'OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN=pve1.lab.internal',
      title: 'linux-qemu, Sluice',
      deleteThisFile: true,
    });
    expect(file.host).toMatch(/^sluice-[0-9a-f]{40}$/);
    const second = client(portOf(file));
    second.send(`CONNECT ${authorityOf(file)} HTTP/1.1\r\nHost: x\r\n\r\nREDQ`);
    await second.says('REDQ');
    expect(second.text).toBe('HTTP/1.1 200 OK\r\n\r\nREDQ');
    main.send('hello');
    await main.says('hello');
    await until(() => bench.page.meters?.relays.length === 2, 'the meters');
    expect(bench.page.meters?.relays.map((relay) => relay.label)).toEqual(['Spice: linux-qemu', 'Spice: linux-qemu']);
  });

  it('leaves no secret in any command line, environment, log or file', async () => {
    await start(['remote-viewer']);
    const { report, file } = await visit();
    const lines = commandLines();
    const log = bench.bench.log.lines.join('\n');
    const ticket = bench.bench.lab.spiceTunnels.length;
    expect(ticket).toBe(1);
    for (const secret of [file.password ?? '', file.host]) {
      expect(secret.length).toBeGreaterThanOrEqual(40);
      expect(lines).not.toContain(secret);
      expect(log).not.toContain(secret);
    }
    expect(report.argv).toEqual(['-']);
    expect(report.stdin).not.toContain('pvespiceproxy'); // the ticket itself stays in the engine
    expect(report.env.filter((name) => name.startsWith('ELECTRON'))).toEqual([]);
  });

  it('shares its door with nobody: another host, another port or another program gets no channel', async () => {
    await start(['remote-viewer']);
    const { file } = await visit();
    const port = portOf(file);
    const wrong = [
      `${file.host}:${(file.tlsPort ?? 0) + 1}`,
      `${file.host.toUpperCase()}:${file.tlsPort}`,
      'localhost:22',
      `pvespiceproxy:00000000:101:pve1::${'0'.repeat(40)}:61000`, // of another guest
    ];
    for (const authority of wrong) {
      const asking = client(port);
      asking.ask(authority);
      expect(await asking.closed(), authority).toBe('HTTP/1.0 403 Forbidden\r\n\r\n');
    }
    const browser = client(port);
    browser.send('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    expect(await browser.closed()).toBe('');
    expect(bench.bench.lab.spiceTunnels).toHaveLength(1);
  });

  it('may follow its guest to another node with the ticket the guest names, while it is connected', async () => {
    await start(['remote-viewer']);
    const { file } = await visit();
    const moved = `pvespiceproxy:00000000:100:pve2:61000::${'0'.repeat(40)}:61000`;
    const asking = client(portOf(file));
    asking.ask(moved);
    // It was passed on: the refusal is the cluster's, of a ticket that it never made.
    expect(await asking.closed()).toBe('HTTP/1.0 502 Bad Gateway\r\n\r\n');
  });

  it('that ends takes its door with it', async () => {
    await start(['remote-viewer']);
    const { report, file, main } = await visit();
    process.kill(report.pid);
    main.destroy();
    await until(() => !isAlive(report.pid), 'the end of the viewer');
    await until(() => bench.spice.sockets.every((one) => one.destroyed), 'the end of its channel');
    const late = client(portOf(file));
    expect(await late.closed()).toBe('');
  });

  it('is ended with the engine', async () => {
    await start(['remote-viewer']);
    const { report, main } = await visit();
    await bench.bench.host.engine.close(100);
    await main.closed();
    await until(() => !isAlive(report.pid), 'the end of the viewer');
  });

  it('that ends before it is connected is told of', async () => {
    await start(['remote-viewer'], { FAKE_VIEWER_EXIT: '3' });
    expect(await failureOf(bench.open('qemu/100', 'spice'))).toMatchObject({
      code: 'closed',
      message: 'Remote Viewer ended with code 3 before it was connected. Start it by hand to see why.',
    });
  });

  it('is ended when opening it is given up', async () => {
    await start(['remote-viewer']);
    const giveUp = new AbortController();
    const opened = bench.open('qemu/100', 'spice', { signal: giveUp.signal });
    const { pid, stdin } = await bench.report('remote-viewer');
    giveUp.abort();
    expect(await failureOf(opened)).toMatchObject({ code: 'aborted' });
    await until(() => !isAlive(pid), 'the end of the viewer');
    expect(await client(portOf(parseViewerFile(stdin))).closed()).toBe('');
  });

  it('whose ticket the cluster refuses fails with the cluster’s words', async () => {
    await start(['remote-viewer']);
    const opened = bench.open('qemu/100', 'spice');
    const file = parseViewerFile((await bench.report('remote-viewer')).stdin);
    bench.bench.lab.rotateAuthKey();
    const main = client(portOf(file));
    main.ask(authorityOf(file));
    expect(await main.closed()).toBe('HTTP/1.0 502 Bad Gateway\r\n\r\n');
    const failure = await failureOf(opened);
    expect(failure.code).toBe('forbidden');
    expect(failure.message).toContain('401: invalid ticket');
  });

  it('needs a guest that runs and has SPICE, and a viewer to be there', async () => {
    await start(['xtigervncviewer']);
    expect(await failureOf(bench.open('qemu/100', 'spice'))).toMatchObject({
      code: 'not-found',
      detail: { missing: 'viewer' },
    });
    await bench.close();
    await start(['remote-viewer']);
    expect(await failureOf(bench.open('qemu/101', 'spice'))).toMatchObject({ code: 'no-console' });
    expect(await failureOf(bench.open('qemu/203', 'spice'))).toMatchObject({ code: 'not-running' });
    // Its settings say SPICE, and it was started without.
    const failure = await failureOf(bench.open('qemu/201', 'spice'));
    expect(failure).toMatchObject({ code: 'no-console' });
    expect(failure.message).toContain('open it in a VNC viewer');
  });

  it('that stalls holds no more than a window of an endless guest', async () => {
    await start(['remote-viewer']);
    const chunk = new Uint8Array(256 << 10);
    bench.spice.handle = (socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pour);
      pour();
    };
    const { main } = await visit();
    main.socket.pause();
    const relay = () => bench.page.meters?.relays[0];
    await until(() => relay()?.down.isPaused === true, 'the pause');
    const before = relay()?.down.bytes;
    await until(() => bench.page.meters !== undefined && relay()?.down.bytes === before, 'a standstill');
    const { heldBytes = 0 } = relay()?.down ?? {};
    expect(heldBytes).toBeGreaterThan(0);
    expect(heldBytes).toBeLessThanOrEqual((1 << 20) + (64 << 10));
  });
});

describe('what the page is told of viewers', () => {
  it('is which there are, and what a guest offers', async () => {
    await start(['remote-viewer', 'xtigervncviewer']);
    const { page, cluster } = bench.page;
    expect(await page.call('viewer.list', {})).toEqual({
      platform: 'linux',
      viewers: [
        { id: 'tigervnc', name: 'TigerVNC Viewer', opens: ['vnc'] },
        { id: 'remote-viewer', name: 'Remote Viewer', opens: ['spice', 'vnc'] },
      ],
    });
    const displays = (guestId: string) => page.call('guest.displays', { clusterId: cluster.id, guestId });
    expect(await displays('qemu/100')).toEqual({ spice: true, vnc: true, terminal: true });
    expect(await displays('qemu/101')).toEqual({ spice: false, vnc: true, terminal: true });
    expect(await displays('lxc/103')).toEqual({ spice: false, vnc: true, terminal: true });
    expect(await displays('qemu/203')).toEqual({ spice: false, vnc: false, terminal: false });
  });
});

describe('a VNC viewer', () => {
  it('gets a password in a private file, which is gone once it is in, and the guest’s screen', async () => {
    await start(['xtigervncviewer']);
    const opened = bench.open('qemu/101', 'vnc');
    const { argv, files } = await bench.report('xtigervncviewer');
    const [file] = files;
    expect(file).toMatchObject({ mode: 0o600, folderMode: 0o700 });
    expect(file?.hex).toMatch(/^[0-9a-f]{16}$/);
    const port = Number(/^127\.0\.0\.1::(\d+)$/.exec(argv.at(-1) ?? '')?.[1]);
    expect(argv).toEqual(['-passwd', file?.path, `127.0.0.1::${port}`]);
    const stranger = client(port);
    await stranger.says('RFB 003.008\n');
    stranger.send('RFB 003.008\n');
    await stranger.says('\x01\x02');
    stranger.send('\x02');
    await until(() => stranger.received.length === 12 + 2 + 16, 'the challenge');
    stranger.send('x'.repeat(16));
    await stranger.closed();
    expect(statSync(file?.path ?? '').isFile()).toBe(true); // a stranger's failure is not the viewer's
    opened.catch(() => {});
    await bench.bench.host.engine.close(100);
    expect(() => statSync(file?.path ?? '')).toThrow('ENOENT');
    expect(await failureOf(opened)).toMatchObject({ code: 'link-lost' });
  });

  it('that can be given no password is let in once', async () => {
    await start(['gvncviewer']);
    const opened = bench.open('lxc/103', 'vnc');
    const { argv, files } = await bench.report('gvncviewer');
    expect(files).toEqual([]);
    const port = 5900 + Number(/^127\.0\.0\.1:(\d+)$/.exec(argv[0] ?? '')?.[1]);
    const viewer = client(port);
    await viewer.says('RFB 003.008\n');
    viewer.send('RFB 003.008\n');
    await viewer.says('\x01\x01');
    viewer.send('\x01');
    await until(() => viewer.received.length >= 12 + 2 + 4, 'the welcome');
    viewer.send('\x01'); // ClientInit
    await until(() => viewer.received.length > 12 + 2 + 4 + 24, 'ServerInit');
    expect(viewer.text).toContain('dns');
    expect(await opened).toEqual({ viewer: 'GVncViewer' });
    expect(await client(port).closed()).toBe('');
    await until(() => bench.page.meters?.relays[0]?.label === 'VNC: dns', 'the meter');
  });

  it('without an own password file gets a connection file', async () => {
    await start(['remote-viewer']);
    const opened = bench.open('qemu/101', 'vnc');
    const { stdin, argv } = await bench.report('remote-viewer');
    expect(argv).toEqual(['-']);
    expect(parseViewerFile(stdin)).toMatchObject({ type: 'vnc', host: '127.0.0.1', title: 'web-frontend, Sluice' });
    await bench.bench.host.engine.close(100);
    await failureOf(opened);
  });
});
