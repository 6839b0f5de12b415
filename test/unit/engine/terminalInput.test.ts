import { expect, it } from 'vitest';

import { TerminalInput } from '../../../electron/engine/console/terminalInput.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakeDuplex } from '../../fakes/fakeDuplex.ts';
import { concat, patternBytes, utf8 } from '../../support/bytes.ts';

const make = () => {
  const clock = new FakeClock();
  const inner = new FakeDuplex();
  return { clock, inner, input: new TerminalInput(inner, clock) };
};
const textOf = (chunk: Uint8Array | undefined) => Buffer.from(chunk ?? []).toString('latin1');

it('sends a key at once and the next when the first is on its way', () => {
  const { inner, input } = make();
  input.write(utf8('a'));
  input.write(utf8('b'));
  input.write(utf8('c'));
  expect(inner.waiting.map(({ chunk }) => textOf(chunk))).toEqual(['0:1:a']);
  inner.accept();
  expect(inner.waiting.map(({ chunk }) => textOf(chunk))).toEqual(['0:2:bc']);
});

it('cuts a paste into messages below 4 KiB, one at a time, and rests between them', () => {
  const { clock, inner, input } = make();
  const paste = patternBytes(10_000);
  let done = 0;
  input.write(paste, () => {
    done += 1;
  });
  const payloads: Uint8Array[] = [];
  while (done === 0) {
    expect(inner.waiting).toHaveLength(1);
    const chunk = inner.waiting[0]?.chunk ?? new Uint8Array();
    expect(chunk.length).toBeLessThanOrEqual(4096);
    const head = /^0:(\d+):/.exec(textOf(chunk));
    const payload = chunk.slice(head?.[0].length);
    expect(payload.length).toBe(Number(head?.[1]));
    payloads.push(payload);
    inner.accept();
    expect(inner.waiting).toHaveLength(0);
    clock.advance(10);
  }
  expect(concat(payloads)).toEqual(paste);
  expect(done).toBe(1);
});

it('lets a new size overtake a paste, and only the newest', () => {
  const { clock, inner, input } = make();
  input.write(patternBytes(20_000));
  input.resize(80, 24);
  input.resize(120, 40);
  inner.accept();
  clock.advance(10);
  expect(textOf(inner.waiting[0]?.chunk)).toBe('1:120:40:');
  inner.accept();
  expect(textOf(inner.waiting[0]?.chunk)).toMatch(/^0:4080:/);
});

it('never sends a message without bytes, and still says that it is done', () => {
  const { inner, input } = make();
  let done = 0;
  input.write(new Uint8Array(), () => {
    done += 1;
  });
  expect(inner.waiting).toHaveLength(0);
  expect(done).toBe(1);
});

it('ends behind what was typed, and gives up at the deadline of a close', () => {
  const { clock, inner, input } = make();
  input.onClose(() => {});
  input.write(utf8('exit\r'));
  input.end();
  expect(inner.isEnded).toBe(false);
  inner.accept();
  expect(inner.isEnded).toBe(true);
  const other = make();
  other.input.onClose(() => {});
  other.input.write(utf8('x'));
  other.input.close(500);
  expect(other.inner.isClosed).toBe(false);
  other.clock.advance(500);
  expect(other.inner.isClosed).toBe(true);
  expect(clock.timerCount + other.clock.timerCount).toBe(0);
});
