import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { clipboardRequest, openableUrl } from '../../../renderer/consoles/terminal/clipboardRequest.ts';
import { cleanPaste } from '../../../renderer/consoles/terminal/pasteText.ts';
import { RenderPace } from '../../../renderer/consoles/terminal/renderPace.ts';
import { TerminalFeed } from '../../../renderer/consoles/terminal/terminalFeed.ts';
import { WebglLeases } from '../../../renderer/consoles/terminal/webglLease.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { FakeDuplex } from '../../fakes/fakeDuplex.ts';

describe('pasted text', () => {
  it('ends lines as Enter does and keeps tabs', () => {
    expect(cleanPaste('a\tb\r\nc\nd\re')).toBe('a\tb\rc\rd\re');
  });

  it('cannot end the bracketed paste it is put in', () => {
    expect(cleanPaste('ls\u001b[201~; rm -rf /\u009b201~')).toBe('ls[201~; rm -rf /201~');
  });

  it('holds no control character but Tab and CR, whatever is pasted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const controls = [...cleanPaste(text)].filter((char) => {
          const code = char.codePointAt(0) ?? 0;
          return (code < 32 || (code >= 127 && code < 160)) && char !== '\t' && char !== '\r';
        });
        expect(controls).toEqual([]);
      }),
    );
  });
});

describe('clipboard requests of a guest', () => {
  it('reads text that is offered', () => {
    expect(clipboardRequest(`c;${Buffer.from('grün').toString('base64')}`)).toBe('grün');
  });

  it.each(['c;?', ';?', 'c;', 'c', '', 'c;%%%', `c;${Buffer.from([0xff, 0xfe]).toString('base64')}`])(
    'answers %j with nothing',
    (data) => expect(clipboardRequest(data)).toBeUndefined(),
  );

  it('takes 48 KiB and not more than 64', () => {
    const offer = (bytes: number) => clipboardRequest(`c;${Buffer.alloc(bytes, 'a').toString('base64')}`)?.length;
    expect(offer(48 * 1024)).toBe(48 * 1024);
    expect(offer(66 * 1024)).toBeUndefined();
  });
});

describe('addresses in a terminal', () => {
  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'vscode://x', 'not an address', ''])(
    'never opens %j',
    (text) => {
      expect(openableUrl(text)).toBeUndefined();
    },
  );

  it('opens http and https', () => {
    expect(openableUrl('https://pve.example:8006/#v1')).toBe('https://pve.example:8006/#v1');
  });
});

describe('WebGL leases', () => {
  const user = () => {
    const calls: string[] = [];
    return { calls, grant: () => calls.push('grant'), revoke: () => calls.push('revoke') };
  };

  it('takes the context of whoever was shown longest ago when all are out', () => {
    const leases = new WebglLeases(2);
    const [a, b, c] = [user(), user(), user()];
    leases.take(a);
    leases.take(b);
    leases.take(a); // shown again
    leases.take(c);
    expect([a.calls, b.calls, c.calls]).toEqual([['grant'], ['grant', 'revoke'], ['grant']]);
    expect(leases.count).toBe(2);
  });

  it('gives back once, also after it was taken away', () => {
    const leases = new WebglLeases(1);
    const [a, b] = [user(), user()];
    const lease = leases.take(a);
    leases.take(b);
    lease.dispose();
    lease.dispose();
    expect(leases.count).toBe(1);
  });
});

class FakeWindow {
  readonly frames = new Map<number, () => void>();
  #last = 0;
  requestAnimationFrame = (fn: () => void): number => {
    this.#last += 1;
    this.frames.set(this.#last, fn);
    return this.#last;
  };
  cancelAnimationFrame = (id: number): void => void this.frames.delete(id);
  draw(): void {
    const due = [...this.frames.values()];
    this.frames.clear();
    for (const fn of due) fn();
  }
}

describe('render pace', () => {
  function setup() {
    const clock = new FakeClock();
    clock.advance(1000);
    const window = new FakeWindow();
    const pace = new RenderPace(clock, () => window);
    let pictures = 0;
    let isAsking = false;
    /** As xterm does: one at a time. */
    const ask = (): void => {
      if (isAsking) return;
      isAsking = true;
      pace.requestAnimationFrame(() => {
        isAsking = false;
        pictures += 1;
      });
    };
    return { clock, window, pace, ask, pictures: () => pictures };
  }

  it('draws calm output in the next frame', () => {
    const { window, pace, ask, pictures } = setup();
    pace.parsed(1000);
    ask();
    window.draw();
    expect(pictures()).toBe(1);
  });

  it('draws a flood about ten times a second', () => {
    const { clock, window, pace, ask, pictures } = setup();
    for (let ms = 0; ms < 1000; ms += 16) {
      pace.parsed(500_000);
      ask();
      clock.advance(16);
      window.draw();
    }
    expect(pictures()).toBeGreaterThanOrEqual(8);
    expect(pictures()).toBeLessThanOrEqual(11);
  });

  it('draws the end of a flood within 46 ms of its last byte', () => {
    const { clock, window, pace, ask, pictures } = setup();
    ask();
    window.draw();
    pace.parsed(500_000);
    ask();
    clock.advance(30);
    window.draw();
    expect(pictures()).toBe(2);
  });

  it('draws in the next frame when the end of a flood came by itself', () => {
    const { window, pace, ask, pictures } = setup();
    ask();
    window.draw();
    pace.parsed(500_000);
    ask();
    pace.parsed(6); // ^C and a prompt
    window.draw();
    expect(pictures()).toBe(2);
  });

  it('draws no flood for a quarter of a second after a key, but its end', () => {
    const { clock, window, pace, ask, pictures } = setup();
    pace.hurry();
    for (let ms = 0; ms < 240; ms += 16) {
      pace.parsed(500_000);
      ask();
      clock.advance(16);
      window.draw();
    }
    expect(pictures()).toBe(0);
    pace.parsed(6);
    window.draw();
    expect(pictures()).toBe(1);
  });

  it('draws nothing after it was disposed, and leaves no timer', () => {
    const { clock, window, pace, ask, pictures } = setup();
    ask();
    window.draw();
    pace.parsed(500_000);
    ask();
    pace.dispose();
    clock.advance(1000);
    window.draw();
    expect([pictures(), clock.timerCount, window.frames.size]).toEqual([1, 0, 0]);
  });
});

class FakeTerminal {
  readonly waiting: Array<{ data: Uint8Array; callback: () => void }> = [];
  parsed: number[] = [];
  write(data: Uint8Array, callback: () => void): void {
    this.waiting.push({ data, callback });
  }
  parseNow(pieces = 1): void {
    for (const { data, callback } of this.waiting.splice(0, pieces)) {
      this.parsed.push(...data);
      callback();
    }
  }
}

describe('terminal feed', () => {
  function setup() {
    const duplex = new FakeDuplex();
    const terminal = new FakeTerminal();
    const events: string[] = [];
    const feed = new TerminalFeed(terminal, duplex, {
      onFirstByte: () => events.push('first byte'),
      onParsed: () => undefined,
      onLost: (reason: CloseReason) => events.push(`lost ${reason.kind}`),
    });
    feed.start();
    return { duplex, terminal, events, feed };
  }

  it('acknowledges bytes when they are parsed, not before', () => {
    const { duplex, terminal, feed, events } = setup();
    duplex.deliver(new Uint8Array(100_000));
    expect([duplex.unconsumedBytes, terminal.waiting.length]).toEqual([100_000, 4]);
    terminal.parseNow();
    expect(duplex.unconsumedBytes).toBe(100_000 - 32 * 1024);
    terminal.parseNow(9);
    expect([duplex.unconsumedBytes, events]).toEqual([0, ['first byte']]);
    feed.dispose();
  });

  it('parses a whole window in tasks of its own, one piece each', async () => {
    const { duplex, terminal, feed } = setup();
    const bytes = duplex.flood(10_000);
    expect(duplex.isPaused).toBe(true);
    for (let i = 0; i < 1000 && duplex.unconsumedBytes > 0; i++) await settle();
    expect([duplex.unconsumedBytes, terminal.parsed.length]).toEqual([0, bytes]);
    feed.dispose();
  });

  it('drops its own answers while the guest does not read them, and never what was typed', () => {
    const { duplex, feed } = setup();
    for (let i = 0; i < 10_000; i++) feed.reply(new Uint8Array(7));
    expect(duplex.waitingBytes).toBeLessThan(4 * 1024 + 7);
    expect(feed.send(new Uint8Array(3))).toBe(true);
    feed.dispose();
  });

  it('takes at most 1 MiB of input that does not go out', () => {
    const { duplex, feed } = setup();
    expect(feed.send(new Uint8Array(1 << 20))).toBe(true);
    expect(feed.send(new Uint8Array(1))).toBe(false);
    duplex.accept();
    expect(feed.send(new Uint8Array(1))).toBe(true);
    feed.dispose();
  });

  it('tells once that the stream is lost, and parses nothing into it any more', () => {
    const { duplex, terminal, feed, events } = setup();
    duplex.deliver(new Uint8Array(10));
    duplex.fail();
    feed.dispose();
    terminal.parseNow();
    expect(events).toEqual(['first byte', 'lost failed']);
  });
});
