import { describe, expect, it } from 'vitest';

import type { AppError } from '../../../shared/base/errors.ts';
import { ClientMessages, withoutEncoding } from '../../../renderer/consoles/vnc/clientMessages.ts';
import { RfbStream } from '../../../renderer/consoles/vnc/rfbStream.ts';
import { FakeDuplex } from '../../fakes/fakeDuplex.ts';

const pointer = (buttons: number, x: number): Uint8Array => Uint8Array.of(5, buttons, 0, x, 0, 0);
const key = (sym: number): Uint8Array => Uint8Array.of(4, 1, 0, 0, 0, 0, 0, sym);

function setup(options: { autoAccept?: boolean } = {}) {
  const duplex = new FakeDuplex(options);
  const errors: AppError[] = [];
  const stream = new RfbStream(duplex, (error) => errors.push(error));
  return { duplex, errors, stream, sent: () => duplex.waiting.map(({ chunk }) => [...chunk]) };
}

describe('RFB stream', () => {
  it('has what noVNC looks for in a channel, on itself or its class', () => {
    const { stream } = setup();
    const names = [...Object.keys(stream), ...Object.getOwnPropertyNames(Object.getPrototypeOf(stream))];
    for (const name of ['send', 'close', 'binaryType', 'onerror', 'onmessage', 'onopen', 'protocol', 'readyState']) {
      expect(names).toContain(name);
    }
  });

  it('copies what it is given: noVNC uses its buffer again', () => {
    const { stream, sent } = setup();
    const buffer = key(97);
    stream.send(buffer);
    buffer.fill(0);
    expect(sent()).toEqual([[4, 1, 0, 0, 0, 0, 0, 97]]);
  });

  it('takes H.264 out of the encodings that are asked for', () => {
    const { stream, sent } = setup();
    const message = new Uint8Array(4 + 12);
    const view = new DataView(message.buffer);
    view.setUint8(0, 2);
    view.setUint16(2, 3);
    for (const [i, encoding] of [7, 50, -223].entries()) view.setInt32(4 + 4 * i, encoding);
    stream.send(message);
    const [bytes] = sent();
    const kept = new DataView(Uint8Array.from(bytes ?? []).buffer);
    expect([kept.byteLength, kept.getUint16(2), kept.getInt32(4), kept.getInt32(8)]).toEqual([12, 2, 7, -223]);
  });

  it('leaves out the way of the pointer while the server is slow, not its clicks and not its end', () => {
    const { stream, duplex, sent } = setup();
    stream.send(new Uint8Array(20_000).fill(255));
    for (let x = 0; x < 100; x++) stream.send(pointer(0, x));
    stream.send(pointer(1, 100));
    stream.send(pointer(1, 101));
    stream.send(key(97));
    expect(sent().slice(1)).toEqual([[...pointer(1, 100)], [...key(97)]]);
    duplex.accept(1);
    expect(sent().at(-1)).toEqual([...pointer(1, 101)]);
  });

  it('fails when the server stops reading, and keeps at most 1 MiB for it', () => {
    const { stream, duplex, errors } = setup();
    const piece = new Uint8Array(10_240).fill(255);
    for (let i = 0; i < 200 && errors.length === 0; i++) stream.send(piece);
    expect(errors.map((error) => error.code)).toEqual(['limit']);
    expect(duplex.waitingBytes).toBeLessThanOrEqual(1 << 20);
  });

  it('sends nothing after its end, and tells noVNC of it afterwards', async () => {
    const { stream, sent } = setup();
    let closed = 0;
    stream.onclose = () => {
      closed += 1;
    };
    stream.close();
    stream.close();
    stream.send(key(97));
    expect([sent(), closed, stream.readyState]).toEqual([[], 0, 'closed']);
    await Promise.resolve();
    expect(closed).toBe(1);
  });
});

describe('client messages', () => {
  it('does not take the middle of a long text for a message', () => {
    const messages = new ClientMessages();
    const first = new Uint8Array(10_240);
    first[0] = 6;
    new DataView(first.buffer).setInt32(4, 10_238);
    expect(messages.typeOf(first)).toBe(6);
    expect(messages.typeOf(pointer(1, 1))).toBeUndefined(); // 6 bytes of the text
    expect(messages.typeOf(pointer(1, 1))).toBe(5);
  });

  it('counts the extended form, whose length is negative', () => {
    const messages = new ClientMessages();
    const first = new Uint8Array(10);
    first[0] = 6;
    new DataView(first.buffer).setInt32(4, -8);
    expect(messages.typeOf(first)).toBe(6);
    expect(messages.typeOf(pointer(0, 0))).toBeUndefined();
    expect(messages.typeOf(pointer(0, 0))).toBe(5);
  });

  it('leaves a message alone whose length does not fit', () => {
    const odd = Uint8Array.of(2, 0, 0, 9, 0, 0, 0, 50);
    expect(withoutEncoding(odd, 50)).toBe(odd);
  });
});
