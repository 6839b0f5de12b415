// The VNC view in Chromium against scripted RFB servers and a real QEMU, through the engine's sockets and the wire.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { type Browser, chromium, expect, type Page, test } from '@playwright/test';

import { type ConsoleFixture, startConsoleFixture } from '../fixtures/consoles/harness.ts';
import { openRawPage } from '../support/rawChromium.ts';
import { chromiumPath, launchChromium } from './fixtures/webApp.ts';

const qemu = '/usr/bin/qemu-system-x86_64';
const creditBytes = 512 * 1024;

let dir: string;
let fixture: ConsoleFixture;
let browser: Browser;
let page: Page;
let problems: string[];

test.beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-vnc-'));
  fixture = await startConsoleFixture({ qemu: `unix:${join(dir, 'vnc')}` });
  browser = await launchChromium();
});

test.afterAll(async () => {
  await browser.close();
  await fixture.close();
  rmSync(dir, { recursive: true, force: true });
});

test.beforeEach(async () => {
  test.skip(test.info().project.name !== 'chromium', 'a page of its own, not the app');
  page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
  problems = [];
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused/.test(message.text())) problems.push(message.text());
  });
  await page.goto(fixture.url);
  await page.waitForFunction(() => Boolean(window.fixture));
});

test.afterEach(async () => {
  if (!page) return;
  await page.close();
  expect(problems).toEqual([]);
});

const open = (name: string) =>
  page.evaluate(async (name) => {
    await window.fixture.vnc(name);
    return window.fixture.events;
  }, name);
const events = () => page.evaluate(() => window.fixture.events);
const heard = (name: string) => fixture.ask(`heard/${name}`) as Promise<string[]>;
const pixel = (x: number, y: number) => page.evaluate(([x, y]) => window.fixture.pixel(x ?? 0, y ?? 0), [x, y]);
const focus = () => page.evaluate(() => window.fixture.vncView?.focus());

test('paints a screen larger than the credit, and counts all of it as consumed', async () => {
  expect(await open('plain')).toEqual(['painted']);
  expect(await pixel(37, 200)).toEqual([37, 200, 10, 255]);
  const { mostHeld, delivered, consumed } = await page.evaluate(() => window.fixture.stream!);
  expect(delivered).toBeGreaterThan(640 * 480 * 4);
  expect(consumed).toBe(delivered);
  expect(mostHeld).toBeLessThanOrEqual(creditBytes);
});

test('gets one unit through that is more than twice the credit', async () => {
  expect(await open('unit')).toEqual(['painted']);
  expect(await pixel(5, 6)).toEqual([5, 6, 20, 255]);
});

test('shows 6,000 encoded pictures and holds no more than its credit meanwhile', async () => {
  await open('pictures');
  await page.waitForFunction(() => {
    const { delivered, consumed } = window.fixture.stream!;
    return delivered > 2_000_000 && consumed === delivered;
  });
  const { mostHeld } = await page.evaluate(() => window.fixture.stream!);
  expect(mostHeld).toBeLessThanOrEqual(creditBytes);
  expect(await events()).toEqual(['painted']);
});

test('goes on reading in a hidden window, and its memory does not grow', async () => {
  test.setTimeout(120_000);
  const raw = await openRawPage(chromiumPath() ?? chromium.executablePath(), fixture.url);
  try {
    while (!(await raw.evaluate(() => Boolean(window.fixture)))) await new Promise((r) => setTimeout(r, 50));
    await raw.evaluate(async () => void (await window.fixture.vnc('plain')));
    await raw.hide();
    /** 120 pictures of 1.2 MB. */
    const show = async () => {
      const before = await raw.evaluate(() => window.fixture.stream!.consumed);
      for (let n = 0; n < 120; n++) await fixture.ask('say/plain/again');
      const wanted = before + 120 * 640 * 480 * 4;
      while ((await raw.evaluate(() => window.fixture.stream!.consumed)) < wanted)
        await new Promise((r) => setTimeout(r, 100));
    };
    await show();
    const firstMib = raw.residentMib();
    for (let round = 0; round < 3; round++) await show();
    console.log(`      ${Math.round(firstMib)} MiB after 147 MB, ${Math.round(raw.residentMib())} MiB after 590 MB`);
    expect(raw.residentMib()).toBeLessThan(firstMib + 100);
    expect(await raw.evaluate(() => [document.visibilityState, window.fixture.stream!.mostHeld <= 524_288])).toEqual([
      'hidden',
      true,
    ]);
  } finally {
    await raw.close();
  }
});

test('goes on reading where the window is not hidden and gets no frames all the same', async () => {
  await page.evaluate(() => {
    window.requestAnimationFrame = () => 1;
  });
  expect(await open('plain')).toEqual(['painted']);
});

test('sends every key to the guest while focused, and none to the page', async () => {
  await open('positions');
  await focus();
  await page.keyboard.press('a');
  await page.keyboard.press('F11');
  await page.keyboard.press('Control+w');
  await expect.poll(() => heard('positions')).toContain('qemu key up 29');
  expect(await heard('positions')).toEqual([
    ...['qemu key down 30', 'qemu key up 30', 'qemu key down 87', 'qemu key up 87'],
    ...['qemu key down 29', 'qemu key down 17', 'qemu key up 17', 'qemu key up 29'],
  ]);
  expect(await page.evaluate(() => window.fixture.pageKeys)).toEqual([]);
});

test('gives the keyboard back with Right Ctrl alone, and lets the page run a shortcut when it is held', async () => {
  const before = (await heard('plain')).length;
  await open('plain');
  await focus();
  await page.keyboard.down('x');
  await page.keyboard.down('ControlRight');
  await page.keyboard.press('k');
  await page.keyboard.up('ControlRight');
  await page.keyboard.press('b');
  await page.keyboard.press('ControlRight');
  await page.keyboard.press('c');
  expect(await page.evaluate(() => window.fixture.pageKeys)).toEqual([
    ...['keydown ctrl+KeyK', 'keyup ctrl+KeyK'],
    ...['keydown KeyC', 'keyup KeyC'],
  ]);
  await expect
    .poll(async () => (await heard('plain')).slice(before))
    .toEqual(['key down 120', 'key up 120', 'key down 98', 'key up 98']);
  expect(await events()).toEqual(['painted', 'has keyboard', 'gave keyboard back']);
});

test('releases held keys on blur, on view only, before a new stream and before a combination', async () => {
  await open('plain');
  const before = (await heard('plain')).length;
  await focus();
  await page.keyboard.down('a');
  await page.evaluate(() => window.fixture.elsewhere.focus());
  await page.keyboard.up('a');
  await focus();
  await page.keyboard.down('b');
  await page.evaluate(() => window.fixture.vncView?.setViewOnly(true));
  await page.keyboard.up('b');
  await page.evaluate(() => window.fixture.vncView?.setViewOnly(false));
  await page.keyboard.down('c');
  await page.evaluate(() => window.fixture.vncView?.sendCombo(['ControlLeft', 'AltLeft', 'Delete']));
  await page.keyboard.up('c');
  await page.keyboard.down('d');
  await expect.poll(async () => (await heard('plain')).at(-1)).toBe('key down 100');
  await page.evaluate(() => window.fixture.vnc('plain'));
  const sent = (await heard('plain')).slice(before).filter((line) => line.startsWith('key'));
  const press = (sym: number) => [`key down ${sym}`, `key up ${sym}`];
  const [ctrl, alt, del] = [0xffe3, 0xffe9, 0xffff];
  const combo = [
    ...[ctrl, alt, del].map((sym) => `key down ${sym}`),
    ...[del, alt, ctrl].map((sym) => `key up ${sym}`),
  ];
  expect(sent).toEqual([...press(97), ...press(98), ...press(99), ...combo, ...press(100)]);
});

test('types text by key positions with a real Shift, and skips what no key gives', async () => {
  await open('positions');
  const before = (await heard('positions')).length;
  const result = await page.evaluate(() =>
    window.fixture.vncView!.pasteAsKeys('aB€!', { signal: new AbortController().signal }),
  );
  expect(result).toEqual({ skipped: '€' });
  await expect.poll(async () => (await heard('positions')).at(-1)).toBe('qemu key up 42');
  expect((await heard('positions')).slice(before)).toEqual([
    ...['qemu key down 30', 'qemu key up 30', 'qemu key down 42', 'qemu key down 48', 'qemu key up 48'],
    ...['qemu key down 2', 'qemu key up 2', 'qemu key up 42'],
  ]);
});

test('moves the pointer in the guest at its own scale, and not in view only', async () => {
  await open('plain');
  const before = (await heard('plain')).length;
  await page.evaluate(() => window.fixture.vncView?.setScale('actual'));
  const box = (await page.locator('canvas').last().boundingBox())!;
  expect([box.width, box.height]).toEqual([640, 480]);
  await page.mouse.click(box.x + 100, box.y + 50);
  await expect.poll(async () => (await heard('plain')).slice(before)).toContain('pointer 1 100,50');
  await page.evaluate(() => window.fixture.vncView?.setViewOnly(true));
  const after = (await heard('plain')).length;
  await page.mouse.click(box.x + 200, box.y + 50);
  await page.keyboard.press('a');
  expect((await heard('plain')).length).toBe(after);
});

test('fits the screen into its element and tells the scale', async () => {
  await open('plain');
  await expect.poll(() => page.evaluate(() => window.fixture.vncView?.scalePercent)).toBe(117); // 560 of 480 high
  await page.setViewportSize({ width: 1000, height: 640 });
  await page.evaluate(() => {
    window.fixture.host.style.height = '240px';
  });
  await expect.poll(() => page.evaluate(() => window.fixture.vncView?.scalePercent)).toBe(50);
});

test('keeps the last picture grey after a loss, gives keys to the page, and swaps at the next first picture', async () => {
  await open('plain');
  await focus();
  await fixture.ask('drop/plain');
  await expect.poll(events).toContain('lost ended');
  expect(await pixel(37, 200)).toEqual([37, 200, 10, 255]);
  expect(await page.locator('canvas:visible').count()).toBe(1);
  await page.keyboard.press('g');
  expect(await page.evaluate(() => window.fixture.pageKeys)).toEqual(['keydown KeyG', 'keyup KeyG']);
  await page.screenshot({ path: 'test-results/consoles/lost.png' });
  await page.evaluate(() => window.fixture.vnc('unit'));
  expect(await pixel(5, 6)).toEqual([5, 6, 20, 255]);
  expect(await page.locator('canvas:visible').count()).toBe(1);
  expect(await page.evaluate(() => window.fixture.vncView?.hasKeyboard)).toBe(true); // the focus never left
});

test('goes on in another window', async () => {
  await open('plain');
  const popup = page.waitForEvent('popup');
  await page.evaluate(() => {
    Object.assign(window, { other: window.open(location.href, '', 'width=700,height=500') });
  });
  const other = await popup;
  await other.waitForFunction(() => Boolean(window.fixture));
  await page.evaluate(() => {
    (window as unknown as { other: Window }).other.document.body.replaceChildren(window.fixture.host);
    window.fixture.vncView!.moved();
  });
  await fixture.ask('say/plain/again');
  await expect.poll(() => pixel(1, 2)).toEqual([1, 2, 200, 255]);
  const before = (await heard('plain')).length;
  await other
    .locator('canvas')
    .last()
    .click({ position: { x: 50, y: 50 } });
  await other.keyboard.press('z');
  await expect.poll(async () => (await heard('plain')).slice(before).at(-1)).toBe('key up 122');
  const cover = () => page.evaluate(() => document.getElementById('noVNC_mouse_capture_elem')?.style.display);
  await expect.poll(cover).toBe('none');
  await other.close();
});

test('takes short texts of the guest and drops one of 5 MiB without losing the screen', async () => {
  await page.evaluate(async () => {
    const opening = window.fixture.vnc('text');
    window.fixture.vncView?.onClipboard((text) => window.fixture.events.push(`text ${text}`));
    await opening;
  });
  await expect.poll(events).toEqual(['painted', 'text short']);
  await expect.poll(() => pixel(1, 2)).toEqual([1, 2, 30, 255]);
});

for (const [name, code, what] of [
  ['endless', 'limit', 'a unit of 2 GiB'],
  ['size', 'limit', 'a screen of 65,535 x 65,535'],
  ['garbage', 'protocol', 'something that is not RFB'],
  ['broken', 'protocol', 'a picture that cannot be decoded'],
] as const) {
  test(`ends the stream at ${what} and keeps the last picture`, async () => {
    await open(name);
    await expect.poll(async () => (await events()).at(-1), { timeout: 20_000 }).toBe(`lost ${code}`);
    expect(await pixel(37, 200)).toEqual([37, 200, 10, 255]);
  });
}

/** QEMU's own idea of what is on the screen. */
async function screendump(path: string): Promise<{ width: number; height: number; pixels: Buffer }> {
  const socket = createConnection(join(dir, 'qmp'));
  const lines = createInterface({ input: socket });
  const file = join(dir, path);
  socket.write(`{"execute":"qmp_capabilities"}\n{"execute":"screendump","arguments":{"filename":"${file}"}}\n`);
  let returns = 0;
  for await (const line of lines) {
    if (line.includes('"return"')) returns += 1;
    if (returns === 2) break;
  }
  socket.destroy();
  const ppm = readFileSync(file);
  const [, width, height] = /^P6\n(\d+) (\d+)\n255\n/.exec(ppm.toString('latin1', 0, 40)) ?? [];
  return { width: Number(width), height: Number(height), pixels: ppm.subarray(-Number(width) * Number(height) * 3) };
}

test.describe('a real QEMU', () => {
  let machine: ChildProcess;

  test.beforeAll(async () => {
    test.skip(!existsSync(qemu), 'qemu-system-x86_64 is not installed');
    const args = [
      '-m',
      '64',
      '-accel',
      'tcg',
      '-display',
      'none',
      '-nic',
      'none',
      '-boot',
      'menu=on,splash-time=60000',
    ];
    machine = spawn(qemu, [
      ...args,
      '-vnc',
      `unix:${join(dir, 'vnc')}`,
      '-qmp',
      `unix:${join(dir, 'qmp')},server=on,wait=off`,
    ]);
    while (!existsSync(join(dir, 'qmp'))) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test.afterAll(() => {
    machine?.kill();
  });

  test('shows what QEMU says it shows, and the boot menu after Escape', async () => {
    await open('qemu');
    await focus();
    await page.waitForTimeout(1500); // the firmware writes its lines
    await page.keyboard.press('Escape');
    await page.waitForTimeout(1000);
    const { width, height, pixels } = await screendump('screen.ppm');
    const shown = await page.evaluate(async () => {
      const bitmap = await createImageBitmap(await window.fixture.vncView!.screenshot());
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      return { width: bitmap.width, height: bitmap.height, pixels: [...data] };
    });
    expect([shown.width, shown.height]).toEqual([width, height]);
    let different = 0;
    for (let at = 0; at < width * height; at++) {
      const isSame = [0, 1, 2].every((i) => pixels[at * 3 + i] === shown.pixels[at * 4 + i]);
      if (!isSame) different += 1;
    }
    expect(different).toBeLessThanOrEqual(9 * 16); // the cursor blinks: one character cell
    expect(pixels.some((value) => value > 0)).toBe(true);
  });
});
