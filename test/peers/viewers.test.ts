import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { GuestBackend } from '../../electron/lab/guestBackend.ts';
import { createEmbeddedGuest } from '../../electron/lab/guests/embeddedGuest.ts';
import { prepareQemu, type QemuSupport } from '../../electron/lab/qemu/qemuSupport.ts';
import { findProgram } from '../../electron/lab/qemu/command.ts';
import type { RelayMeter } from '../../shared/model/console.ts';
import { EngineBench, type PageState } from '../support/engineBench.ts';
import { findPicture, readPpm, Xvfb } from '../support/xvfb.ts';

const patienceMs = 60_000; // a shared machine boots a guest ten times slower than 2 s at worst

async function eventually(condition: () => boolean | Promise<boolean>, what: string, everyMs = 100): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come within ${patienceMs / 1000} s`);
    await sleep(everyMs);
  }
}

const needed = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'remote-viewer': 'virt-viewer',
  xtigervncviewer: 'tigervnc-viewer',
  Xvfb: 'xvfb',
  xdotool: 'xdotool',
  import: 'imagemagick',
};
const missing = Object.entries(needed).flatMap(([program, name]) => (findProgram(program) ? [] : [name]));
if (missing.length > 0) console.warn(`skipped: viewers of other programs need ${missing.join(' ')}`);

/** Of the processes that this one started, directly or not, those whose command holds the word. */
function ownProcesses(word: string): { pid: number; command: string }[] {
  const rows = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'latin1'))?.[1]);
      return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'latin1') }];
    } catch {
      return []; // it ended meanwhile
    }
  });
  return rows.filter(({ parent, command }) => parent === process.pid && command.includes(word));
}

describe.skipIf(missing.length > 0)('a viewer of another program', () => {
  let support: QemuSupport;
  let folder: string;
  let display: Xvfb;
  let bench: EngineBench;
  let page: PageState;
  let guest: GuestBackend;
  let serial: Duplex;
  let printed = '';

  beforeAll(async () => {
    const log: string[] = [];
    const prepared = await prepareQemu({ log: (line) => log.push(line) });
    if (!prepared) throw new Error(`QEMU is installed, but there is no guest image: ${log.join('; ')}`);
    support = prepared;
    folder = mkdtempSync(join(tmpdir(), 'sluice-peers-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  /** `programs`: what the engine finds on its path, as a link to the real one or as a script. */
  async function start(programs: Readonly<Record<string, string>>): Promise<void> {
    const path = mkdtempSync(join(folder, 'bin-'));
    for (const [name, content] of Object.entries(programs)) {
      if (content.startsWith('#!')) writeFileSync(join(path, name), content);
      else symlinkSync(content, join(path, name));
      if (content.startsWith('#!')) chmodSync(join(path, name), 0o755);
    }
    display = await Xvfb.start();
    const home = join(path, 'home');
    mkdirSync(home);
    const env = { PATH: path, HOME: home, DISPLAY: display.display, GSETTINGS_BACKEND: 'memory', LANG: 'C.UTF-8' };
    bench = await EngineBench.start({
      life: false,
      createBackend: (wanted) => {
        if (wanted.vmid !== 100) return createEmbeddedGuest(wanted);
        guest = support.createGuest(wanted);
        return guest;
      },
      deps: { programs: { platform: 'linux', env } },
    });
    page = await bench.signedIn();
  }

  afterEach(async () => {
    serial?.destroy();
    await bench.close();
    await display.close();
  });

  const open = (protocol: 'spice' | 'vnc') =>
    page.page.call('viewer.open', { clusterId: page.cluster.id, guestId: 'qemu/100', protocol });

  async function signInOnSerial(): Promise<void> {
    printed = '';
    serial = await guest.openSerial();
    serial.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    serial.write('\r');
    await eventually(() => printed.includes('login: '), 'the login');
    serial.write('root\r');
    await eventually(() => printed.includes('# '), 'the prompt');
  }

  async function answer(command: string, pattern: RegExp): Promise<string> {
    printed = '';
    serial.write(`${command}\r`);
    await eventually(() => pattern.test(printed), `the answer to ${command}`);
    return pattern.exec(printed)?.[0] ?? '';
  }

  /** The guest's own picture stands in the display, to the pixel. */
  async function shows(): Promise<boolean> {
    const picture = readPpm(await guest.screendump());
    const colours = new Set(picture.pixels);
    return colours.size > 1 && findPicture(readPpm(await display.picture()), picture) !== undefined;
  }

  /** Signs in with the viewer's keyboard and writes a file, which the serial line then finds. */
  async function typeInto(window: string): Promise<void> {
    await signInOnSerial(); // the screen's login is there by then
    await display.focus(window);
    await display.enter('root');
    await answer('until grep -q "root@" /dev/vcs1; do sleep 1; done; echo in-$((40+2))', /in-42/);
    await display.enter('echo it was typed > /tmp/typed');
    await answer('until [ -s /tmp/typed ]; do sleep 1; done; cat /tmp/typed', /\nit was typed\r/);
  }

  const relays = (): readonly RelayMeter[] => page.meters?.relays ?? [];

  it('shows a QEMU guest’s SPICE screen through our CONNECT relay, and takes keys to it', async () => {
    await start({ 'remote-viewer': findProgram('remote-viewer') ?? '' });
    expect(await open('spice')).toEqual({ viewer: 'Remote Viewer' });
    await eventually(shows, 'the same picture');
    await eventually(() => relays().length >= 4, 'main, display, inputs and cursor');
    expect(new Set(relays().map((relay) => relay.label))).toEqual(new Set(['Spice: linux-qemu']));
    await typeInto('linux-qemu, Sluice');
    await eventually(shows, 'the same picture with what was typed');
  });

  it('hands over a disc by SPICE’s USB redirection, whole, within its window while the guest stands still', async () => {
    const data = randomBytes(24 << 20);
    const disc = join(folder, 'disc.iso');
    writeFileSync(disc, data);
    const redirect = '--spice-usbredir-redirect-on-connect=-1,-1,-1,-1,1';
    const real = findProgram('remote-viewer') ?? '';
    await start({ 'remote-viewer': `#!/bin/sh\nexec ${real} --spice-share-cd=${disc} ${redirect} "$@"\n` });
    await open('spice');
    await signInOnSerial();
    await answer(
      'until [ -s /sys/block/sr0/size ] && [ $(cat /sys/block/sr0/size) -gt 2 ]; do sleep 1; done; echo is-$((40+2))',
      /is-42/,
    );
    printed = '';
    serial.write('md5sum /dev/sr0\r');
    const moved = () => relays().reduce((sum, relay) => sum + relay.up.bytes, 0);
    await eventually(() => moved() > 2 << 20, 'the first of the disc');
    const residentBytes = process.memoryUsage.rss();
    const [machine] = ownProcesses('qemu-system');
    process.kill(machine?.pid ?? 0, 'SIGSTOP');
    let mostHeld = 0;
    const untilMs = performance.now() + 6_000;
    while (performance.now() < untilMs) {
      for (const relay of relays()) mostHeld = Math.max(mostHeld, relay.up.heldBytes, relay.down.heldBytes);
      await sleep(50);
    }
    const grownBytes = process.memoryUsage.rss() - residentBytes;
    process.kill(machine?.pid ?? 0, 'SIGCONT');
    expect(mostHeld).toBeLessThanOrEqual((1 << 20) + (64 << 10));
    expect(grownBytes).toBeLessThan(16 << 20); // the page and the lab of this test are in it too
    await eventually(() => /[0-9a-f]{32} {2}\/dev/.test(printed), 'the sum of the disc');
    expect(printed).toContain(createHash('md5').update(data).digest('hex'));
  });

  it('shows a guest’s VNC screen in TigerVNC, which was given its password in a file that is gone', async () => {
    await start({ xtigervncviewer: findProgram('xtigervncviewer') ?? '' });
    expect(await open('vnc')).toEqual({ viewer: 'TigerVNC Viewer' });
    await eventually(shows, 'the same picture');
    await eventually(() => relays()[0]?.label === 'VNC: linux-qemu', 'the meter');
    const file = /-passwd\0([^\0]+)/.exec(ownProcesses('xtigervncviewer')[0]?.command ?? '')?.[1] ?? '';
    expect(file).not.toBe('');
    expect(existsSync(file)).toBe(false);
    await typeInto('TigerVNC');
  });
});
