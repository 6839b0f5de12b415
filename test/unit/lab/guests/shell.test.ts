import type { Duplex } from 'node:stream';

import { Terminal } from '@xterm/headless';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createEmbeddedGuest } from '../../../../electron/lab/guests/embeddedGuest.ts';
import type { GuestBackend } from '../../../../electron/lab/guestBackend.ts';
import { FakeClock } from '../../../fakes/fakeClock.ts';
import { quiet, until } from '../../../support/until.ts';

describe('the shell of an embedded guest', () => {
  let clock: FakeClock;
  let guest: GuestBackend;
  let serial: Duplex;
  let terminal: Terminal;
  let received = '';

  beforeEach(async () => {
    clock = new FakeClock();
    guest = createEmbeddedGuest({ vmid: 101, name: 'web-01', node: 'n1', clock });
    await guest.start();
    serial = await open();
    guest.resizeSerial(40, 12);
    await quiet();
  });

  afterEach(async () => {
    await guest.dispose();
    terminal.dispose();
    expect(clock.timerCount).toBe(0);
  });

  async function open(cols = 40, rows = 12): Promise<Duplex> {
    terminal = new Terminal({ cols, rows, allowProposedApi: true });
    received = '';
    const stream = await guest.openSerial();
    stream.on('data', (chunk: Buffer) => {
      received += chunk.toString();
      terminal.write(chunk);
    });
    return stream;
  }

  async function type(text: string): Promise<void> {
    serial.write(text);
    await quiet();
  }

  /** Lines of the screen up to the last that is not empty. */
  async function screen(): Promise<string[]> {
    await new Promise<void>((resolve) => terminal.write('', resolve));
    const { active } = terminal.buffer;
    const lines = Array.from(
      { length: terminal.rows },
      (_, i) =>
        active
          .getLine(active.baseY + i)
          ?.translateToString()
          .trimEnd() ?? '',
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  const column = () => terminal.buffer.active.cursorX;

  it('greets, and answers uname -a', async () => {
    await type('uname -a\r');
    expect(received).toContain('web-01 login: root (automatic login)');
    expect(received).toContain('Linux web-01 6.1.0-lab #1 SMP');
    expect((await screen()).at(-1)).toBe('root@web-01:~#');
  });

  it('edits a line in the middle, by words, and to its ends', async () => {
    await type('echo two four\x1b[D\x1b[D\x1b[D\x1b[Dthree '); // back over "four"
    expect((await screen()).at(-1)).toBe('root@web-01:~# echo two three four');
    expect(column()).toBe('root@web-01:~# echo two three '.length);
    await type('\x01');
    expect(column()).toBe('root@web-01:~# '.length);
    await type('\x05\x17\x7f\x7f'); // end, cut "four", two backspaces
    expect((await screen()).at(-1)).toBe('root@web-01:~# echo two thre');
    await type('\x15');
    expect((await screen()).at(-1)).toBe('root@web-01:~#');
    await type('\x19\r');
    expect(await screen()).toContain('two thre');
  });

  it('keeps a line over several rows in order while it is edited', async () => {
    const word = '0123456789';
    await type(`echo ${word.repeat(6)}`);
    await type(`${'\x1b[D'.repeat(45)}X`);
    const text = (await screen()).slice(-3).join('');
    expect(text).toBe(`root@web-01:~# echo ${word.repeat(6).slice(0, 15)}X${word.repeat(6).slice(15)}`);
    await type('\r');
    expect((await screen()).join('')).toContain(`${word.repeat(6).slice(0, 15)}X`);
  });

  it('moves over wide characters by two cells, also at the edge', async () => {
    await type('echo 你好世界你好世界你好世界');
    expect(column()).toBe(4); // 20 cells, ten characters, two on the second row
    await type('\x1b[D\x1b[D\x1b[D\x7f');
    expect((await screen()).slice(-2).join('')).toBe('root@web-01:~# echo 你好世界你好世界好世界');
    await type('\r');
    expect(await screen()).toContain('你好世界你好世界好世界');
  });

  it('takes characters that arrive byte by byte', async () => {
    for (const byte of Buffer.from('echo añ水🚀\x1b[D\x1b[3~\r')) serial.write(Buffer.of(byte));
    await quiet();
    expect(await screen()).toContain('añ水');
  });

  it('recalls lines and comes back to the one begun', async () => {
    await type('echo one\recho two\rhalf');
    await type('\x1b[A\x1b[A');
    expect((await screen()).at(-1)).toBe('root@web-01:~# echo one');
    await type('\x1b[B\x1b[B');
    expect((await screen()).at(-1)).toBe('root@web-01:~# half');
  });

  it('completes commands and files', async () => {
    await type('una\tx\x15cat unic\t\x01');
    expect((await screen()).at(-1)).toBe('root@web-01:~# cat unicode.txt');
    await type('\x15\x0bh\t');
    expect((await screen()).at(-2)).toBe('help  history  hostname');
  });

  it('knows the size it is told, and draws the prompt anew', async () => {
    guest.resizeSerial(100, 30);
    await type('stty size\r');
    expect(received).toContain('30 100\r\n');
  });

  it('writes, lists, reads and removes files', async () => {
    await type('echo "a  b" > x; echo c >> x; cat x; ls; rm x; cat x\r');
    const lines = await screen();
    expect(lines).toContain('a  b');
    expect(lines).toContain('c');
    expect(lines).toContain('cat: x: No such file or directory');
    expect(lines).toContain('big.log  readme.txt  unicode.txt  x');
  });

  it('clears the screen with Ctrl-L and keeps the line', async () => {
    await type('echo kept\x0c');
    expect(await screen()).toEqual(['root@web-01:~# echo kept']);
  });

  it('shows top on the other screen, moving, and comes back with q', async () => {
    await type('top\r');
    expect(terminal.buffer.active.type).toBe('alternate');
    const before = await screen();
    clock.advance(1000);
    await quiet();
    expect(await screen()).not.toEqual(before);
    await type('q');
    expect(terminal.buffer.active.type).toBe('normal');
    await type('top\r');
    await type('\x03');
    expect(terminal.buffer.active.type).toBe('normal');
    expect((await screen()).at(-1)).toBe('root@web-01:~#');
  });

  it('asks for a name after exit, and lets that one in', async () => {
    await type('exit\r');
    expect((await screen()).at(-1)).toBe('web-01 login:');
    await type('root\r');
    expect((await screen()).at(-1)).toBe('root@web-01:~#');
  });

  it('keeps what was typed while a program runs for the prompt after it', async () => {
    await type('sleep 5\recho later\r');
    clock.advance(5000);
    await quiet();
    expect(await screen()).toContain('later');
  });

  it('lets two viewers see and type into the same', async () => {
    const first = terminal;
    const second = await guest.openSerial();
    second.resume();
    second.write('echo both\r');
    await quiet();
    await new Promise<void>((resolve) => first.write('', resolve));
    expect(received).toContain('both\r\n');
  });

  it('ends with the guest, which says so when the shell powers it off', async () => {
    let exits = 0;
    guest.onExit(() => exits++);
    await type('poweroff\r');
    await until(() => serial.readableEnded, 'the end of the stream');
    expect(exits).toBe(1);
    expect(guest.isRunning).toBe(false);
    await expect(guest.openSerial()).rejects.toThrow('not running');
  });
});
