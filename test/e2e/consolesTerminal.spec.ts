// The terminal view in Chromium, on bytes from memory and on a server through the engine's sockets and the wire.
import { type Browser, expect, type Page, test } from '@playwright/test';

import { type ConsoleFixture, startConsoleFixture } from '../fixtures/consoles/harness.ts';
import { launchChromium } from './fixtures/webApp.ts';

let fixture: ConsoleFixture;
let browser: Browser;
let page: Page;
let problems: string[];

test.beforeAll(async () => {
  fixture = await startConsoleFixture();
  browser = await launchChromium();
});

test.afterAll(async () => {
  await browser.close();
  await fixture.close();
});

test.beforeEach(async () => {
  test.skip(test.info().project.name !== 'chromium', 'a page of its own, not the app');
  page = await browser.newPage({ viewport: { width: 1000, height: 640 }, colorScheme: 'dark' });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
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

/** Prints bytes of a guest; returns what the terminal sent by itself. */
const print = (text: string) => page.evaluate(async (text) => (await window.fixture.print(text)).sent, text);
const rowsText = () => page.locator('.xterm-rows').innerText();

test('shows colours of every kind under a policy without inline styles', async () => {
  await print('\x1b[31mred\x1b[0m \x1b[38;5;208morange\x1b[0m \x1b[38;2;10;200;30mgreen\x1b[0m \x1b[1mbold\x1b[0m');
  const colours = await page.evaluate(() =>
    [...document.querySelectorAll('.xterm-rows span')].map((span) => [
      (span as HTMLElement).innerText.trim(),
      getComputedStyle(span).color,
    ]),
  );
  const of = (text: string) => colours.find(([shown]) => shown === text)?.[1];
  expect(of('red')).toBe('rgb(255, 143, 133)');
  expect(of('orange')).toBe('rgb(255, 135, 0)');
  expect(of('green')).toBe('rgb(10, 200, 30)');
  expect(await page.evaluate(() => document.querySelectorAll('style').length)).toBe(0);
  await page.screenshot({ path: 'test-results/consoles/terminal.png' });
});

test('follows the theme while it is open', async () => {
  await print('text');
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.querySelector('.xterm-scrollable-element')!).backgroundColor);
  expect(await ground()).toBe('rgb(17, 23, 26)');
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(ground).toBe('rgb(255, 255, 255)');
  await page.evaluate(() => document.documentElement.setAttribute('data-theme', 'dark'));
  await expect.poll(ground).toBe('rgb(17, 23, 26)');
});

test('lifts text that its ground would hide to 4.5:1', async () => {
  await print('\x1b[30mblack on black\x1b[0m');
  const colour = await page.evaluate(() => {
    const span = [...document.querySelectorAll('.xterm-rows span')].find((one) => one.textContent?.includes('black'));
    return getComputedStyle(span!).color;
  });
  const [r = 0, g = 0, b = 0] = (colour.match(/\d+/g) ?? []).map(Number);
  expect(r + g + b).toBeGreaterThan(3 * 110);
});

test('answers what programs must know, and nothing else', async () => {
  const answers: Array<[asked: string, answer: string | RegExp]> = [
    ['\x1b[c', '\x1b[?1;2c'], // what terminal are you
    ['\x1b[>c', /^\x1b\[>\d+;\d+;\d+c$/],
    ['\x1b[5n', '\x1b[0n'], // are you well
    ['\x1b[6n', '\x1b[1;1R'], // where is the cursor
    ['\x1b[?2004$p', '\x1b[?2004;2$y'], // is bracketed paste on
    ['\x1bP$qm\x1b\\', '\x1bP1$r0m\x1b\\'], // which attributes
    ['\x1b]11;?\x07', '\x1b]11;rgb:1111/1717/1a1a\x1b\\'], // is the ground dark
    // Refused: titles, window sizes and places, the clipboard, and words of the guest's own.
    ...['\x1b[21t', '\x1b[20t', '\x1b[14t', '\x1b[18t', '\x1b[13t', '\x1b[11t'].map((asked): [string, string] => [
      asked,
      '',
    ]),
    ['\x1b]2;rm -rf ~\r\x07\x1b[21t', ''],
    ['\x1b]52;c;?\x07', ''],
    ['\x05', ''],
    ['\x1bP$qrm -rf ~\r\x1b\\', '\x1bP0$r\x1b\\'],
    ['\x1bP+q544e\x1b\\', ''],
    ['\x1b]0;?\x07\x1b]1;?\x07\x1b]7;?\x07\x1b]9;?\x07', ''],
    ['\x1b[x\x1bZ', ''],
  ];
  for (const [asked, answer] of answers) {
    const sent = await print(`\x1bc${asked}`);
    if (typeof answer === 'string') expect(sent, JSON.stringify(asked)).toBe(answer);
    else expect(sent, JSON.stringify(asked)).toMatch(answer);
  }
});

test('offers text for the clipboard where it may, and never tells what is on it', async () => {
  await page.evaluate(() => navigator.clipboard.writeText('secret'));
  const { sent, offered } = await page.evaluate(async () => {
    const offered: string[] = [];
    const { sent } = await window.fixture.print(`\x1b]52;c;${btoa('hello')}\x07\x1b]52;c;?\x07`, {
      offerClipboard: (text) => offered.push(text),
    });
    return { sent, offered };
  });
  expect([sent, offered]).toEqual(['', ['hello']]);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('secret');
});

test('copies and pastes with Ctrl+Shift+C and V, and leaves Ctrl letters to the shell', async () => {
  await page.evaluate(() => window.fixture.terminal('flood'));
  await expect.poll(rowsText).toContain('$');
  await page.evaluate(() => window.fixture.terminalView!.focus());
  await page.evaluate(() => navigator.clipboard.writeText('one\ntwo\x1b[201~'));
  const sent = async (act: () => Promise<void>) => {
    await page.evaluate(() => window.fixture.stream!.sent.splice(0));
    await act();
    return await page.evaluate(() => String.fromCharCode(...window.fixture.stream!.sent));
  };
  expect(await sent(() => page.keyboard.press('Control+Shift+V'))).toBe('one\rtwo[201~');
  expect(await sent(() => page.keyboard.press('Control+w'))).toBe('\x17');
  expect(await sent(() => page.keyboard.press('Control+k'))).toBe('\x0b');
  await expect.poll(() => page.evaluate(() => window.fixture.terminalView!.findPrevious('two'))).toBe(true);
  expect(await page.evaluate(() => window.fixture.terminalView!.selection)).toBe('two');
  expect(await sent(() => page.keyboard.press('Control+Shift+C'))).toBe('');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('two');
  expect(await page.evaluate(() => window.fixture.pageKeys)).toEqual([]);
});

test('gives the keyboard back with Right Ctrl alone, and lets the page run a shortcut when it is held', async () => {
  await page.evaluate(() => window.fixture.terminal('flood'));
  await page.evaluate(() => window.fixture.terminalView!.focus());
  await page.keyboard.press('a');
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
  expect(await page.evaluate(() => String.fromCharCode(...window.fixture.stream!.sent))).toBe('ab');
  expect((await page.evaluate(() => window.fixture.events)).filter((event) => event !== 'painted')).toEqual([
    'has keyboard',
    'gave keyboard back',
  ]);
});

test('opens links with Ctrl+click only', async () => {
  await page.evaluate(async () => {
    const opened: string[] = [];
    Object.assign(window, { opened });
    const text = 'https://pve.example:8006/x and \x1b]8;;javascript:alert(1)\x07click me\x1b]8;;\x07';
    await window.fixture.print(text, { openLink: (url) => opened.push(url) });
  });
  const opened = () => page.evaluate(() => (window as unknown as { opened: string[] }).opened);
  const at = async (column: number) => {
    const box = (await page.locator('.xterm-screen').boundingBox())!;
    const cols = await page.evaluate(() => window.fixture.terminalView!.cols);
    return { x: box.x + (column + 0.5) * (box.width / cols), y: box.y + 8 };
  };
  const link = await at(5);
  await page.mouse.move(link.x, link.y);
  await page.mouse.click(link.x, link.y);
  expect(await opened()).toEqual([]);
  await page.keyboard.down('Control');
  await page.mouse.click(link.x, link.y);
  const script = await at(34);
  await page.mouse.move(script.x, script.y);
  await page.mouse.click(script.x, script.y);
  await page.keyboard.up('Control');
  expect(await opened()).toEqual(['https://pve.example:8006/x']);
});

test('tells its size once at first and once a change, and keeps the text through it', async () => {
  const sizes = await page.evaluate(async () => {
    const sizes: string[] = [];
    const { view } = await window.fixture.print('first line\r\n');
    const frames = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 40));
    view.onResize(({ cols, rows }) => sizes.push(`${cols}x${rows}`));
    for (const px of [600, 650, 700]) window.fixture.host.style.width = `${px}px`;
    await frames(4);
    view.setFontSize(20);
    await frames(4);
    window.fixture.host.style.display = 'none';
    await frames(4);
    window.fixture.host.style.display = '';
    await frames(4);
    return sizes;
  });
  expect(sizes).toHaveLength(2);
  expect(await rowsText()).toContain('first line');
});

test('greys out after a loss, resets modes and goes on below with the next stream', async () => {
  await page.evaluate(async () => {
    await window.fixture.print('before\r\n\x1b[?1049h\x1b[?1000h\x1b[31mfull screen \x1b[3');
    window.fixture.terminalView!.focus();
  });
  await page.evaluate(() => window.fixture.print('\x1b[6nafter'));
  expect(await rowsText()).toMatch(/before\s+after/);
  expect(await page.evaluate(() => window.fixture.terminalView!.text())).not.toContain('full screen');
});

test('keeps what a shell printed when the prompt of the next stream erases what is below it', async () => {
  await page.evaluate(() => window.fixture.print('one\r\ntwo\r\nthree'));
  await page.evaluate(() => window.fixture.print('\r\x1b[Jprompt'));
  expect(await rowsText()).toMatch(/one\s+two\s+three\s+prompt/);
});

test('goes on in another window, with its colours and keys', async () => {
  await page.evaluate(() => window.fixture.print('\x1b[38;2;10;200;30mgreen\x1b[0m\r\n'));
  const popup = page.waitForEvent('popup');
  await page.evaluate(() => {
    Object.assign(window, { other: window.open(location.href, '', 'width=700,height=500') });
  });
  const other = await popup;
  await other.waitForFunction(() => Boolean(window.fixture));
  await page.evaluate(async () => {
    const { other } = window as unknown as { other: Window };
    other.document.body.replaceChildren(window.fixture.host);
    window.fixture.terminalView!.moved();
    await window.fixture.print('\x1b[31mred\x1b[0m');
    window.fixture.terminalView!.setFontSize(16);
  });
  await expect(other.locator('.xterm-rows')).toContainText('red');
  const look = await other.evaluate(() => {
    const spans = [...document.querySelectorAll<HTMLElement>('.xterm-rows span')];
    const of = (text: string) => spans.find((span) => span.textContent === text);
    const { color, fontSize, display } = getComputedStyle(of('red')!);
    return { color, fontSize, display, green: getComputedStyle(of('green')!).color };
  });
  expect(look).toEqual({
    color: 'rgb(255, 143, 133)',
    fontSize: '16px',
    display: 'inline-block',
    green: 'rgb(10, 200, 30)',
  });
  await other.locator('.xterm-screen').click();
  await other.keyboard.press('x');
  expect(await page.evaluate(() => window.fixture.terminalView!.hasKeyboard)).toBe(true);
  await other.screenshot({ path: 'test-results/consoles/popout.png' });
  await other.close();
});

test.describe('with WebGL', () => {
  let gpu: Browser;

  test.beforeAll(async () => {
    gpu = await launchChromium(['--use-angle=swiftshader', '--enable-unsafe-swiftshader']);
  });

  test.afterAll(() => gpu?.close());

  /** A page whose software GL says that it is hardware. */
  async function openPage(): Promise<Page> {
    const one = await gpu.newPage({ viewport: { width: 1000, height: 640 }, colorScheme: 'dark' });
    one.on('pageerror', (error) => problems.push(error.stack ?? error.message));
    one.on('console', (message) => {
      if (/Content Security Policy|Refused/.test(message.text())) problems.push(message.text());
    });
    await one.addInitScript(() => {
      const { getParameter } = WebGL2RenderingContext.prototype;
      WebGL2RenderingContext.prototype.getParameter = function (this: WebGL2RenderingContext, name: number) {
        const value: unknown = getParameter.call(this, name);
        return typeof value === 'string' && /SwiftShader/.test(value) ? 'A real graphics card' : value;
      };
    });
    await one.goto(fixture.url);
    await one.waitForFunction(() => Boolean(window.fixture));
    return one;
  }

  const isDrawn = (one: Page) => one.locator('.xterm-screen > canvas').count();

  test('draws with it where the hardware does, and with elements again when the context is lost', async () => {
    const one = await openPage();
    await one.evaluate(() => window.fixture.print('\x1b[38;2;10;200;30mgreen\x1b[0m text'));
    await expect.poll(() => isDrawn(one)).toBeGreaterThan(0);
    await one.screenshot({ path: 'test-results/consoles/webgl.png' });
    await one.evaluate(() => {
      for (const canvas of document.querySelectorAll<HTMLCanvasElement>('.xterm-screen > canvas')) {
        canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
      }
    });
    await expect.poll(() => isDrawn(one), { timeout: 10_000 }).toBe(0);
    await expect(one.locator('.xterm-rows')).toContainText('green text');
    const colour = await one.evaluate(() => {
      const spans = [...document.querySelectorAll('.xterm-rows span')];
      return getComputedStyle(spans.find((span) => span.textContent === 'green')!).color;
    });
    expect(colour).toBe('rgb(10, 200, 30)');
    await one.close();
  });

  test('uses at most eight contexts for twelve terminals, and gives them back', async () => {
    const one = await openPage();
    await one.evaluate(async () => {
      const { host, createTerminalView, MemorySource } = window.fixture;
      const views = Array.from({ length: 12 }, (_, n) => {
        const box = document.createElement('div');
        box.style.cssText = 'width:300px;height:120px;display:inline-block';
        host.append(box);
        const view = createTerminalView(box, { label: `terminal ${n}`, releaseKey: 'ControlRight' });
        const chunks = [new TextEncoder().encode(`terminal ${n}`)];
        view.attach(new MemorySource(() => chunks.shift()));
        return view;
      });
      Object.assign(window, { views });
    });
    const withCanvas = () => one.locator('.xterm-screen:has(> canvas)').count();
    await expect.poll(withCanvas, { timeout: 40_000 }).toBe(8);
    await one.screenshot({ path: 'test-results/consoles/twelve.png' });
    await one.evaluate(() => {
      for (const view of (window as unknown as { views: Array<{ dispose(): void }> }).views) view.dispose();
    });
    expect(await one.locator('.xterm').count()).toBe(0);
    await one.close();
  });
});

test('draws wide characters and clusters in as many cells as a shell counts', async () => {
  const where = async (text: string) => /\x1b\[1;(\d+)R/.exec(await print(`\x1bc${text}\x1b[6n`))?.[1];
  expect(await where('漢字')).toBe('5');
  expect(await where('👍🏽')).toBe('3');
  expect(await where('e\u0301')).toBe('2');
});
