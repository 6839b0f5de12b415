// The five traps of design.md. Each made a stream stand still or lose bytes in programs that came before.
import { describe, expect, it } from 'vitest';

import { framesOf } from '../../renderer/consoles/frames.ts';
import { AppError } from '../../shared/base/errors.ts';
import { ByteReader } from '../../shared/flow/byteReader.ts';
import type { ByteDuplex, CloseReason } from '../../shared/flow/duplex.ts';
import { splice } from '../../shared/flow/splice.ts';
import { channels } from '../../shared/wire/contract.ts';
import type { Channel } from '../../shared/wire/peer.ts';
import { FakeDuplex } from '../fakes/fakeDuplex.ts';
import { concat, firstWrong, patternBytes } from '../support/bytes.ts';
import { memoryLinks } from '../support/links.ts';
import { consoleParams, joinPeers } from '../support/peers.ts';
import { Recorder } from '../support/recorder.ts';
import { quiet, until } from '../support/until.ts';

const creditBytes = channels.console.creditDownBytes;

async function openConsole(): Promise<{ atPage: Channel; atEngine: Channel }> {
  const { page, opened } = joinPeers(memoryLinks());
  const atPage = page.open('console', consoleParams);
  await until(() => opened.length === 1);
  return { atPage, atEngine: opened[0]!.channel };
}

/** Reads units of a four-byte length and that many bytes, as the codecs do. */
function readUnits(duplex: ByteDuplex, reader: ByteReader, units: Uint8Array[]): void {
  let length: number | undefined;
  duplex.onData((chunk) => {
    reader.push(chunk);
    while (true) {
      length ??= reader.u32();
      const unit = length === undefined ? undefined : reader.take(length);
      if (!unit) break;
      units.push(unit.slice());
      length = undefined;
    }
    reader.keep(); // the rest is ours now and bounded: it counts as consumed
    duplex.consumed(chunk.length);
  });
}

describe('the five traps', () => {
  it('lets a unit larger than the credit arrive: what the bounded assembly buffer took counts as consumed', async () => {
    const { atPage, atEngine } = await openConsole();
    const units: Uint8Array[] = [];
    readUnits(atPage, new ByteReader({ maxBytes: 4 * creditBytes }), units);
    atPage.start();
    const bytes = 3 * creditBytes;
    const unit = new Uint8Array(4 + bytes);
    new DataView(unit.buffer).setUint32(0, bytes);
    unit.set(patternBytes(bytes), 4);
    atEngine.write(unit);
    await until(() => units.length === 1, 'the unit');
    expect(firstWrong(units[0]!, 0)).toBe(-1);
    expect(atPage.unconsumedBytes).toBe(0);
  });

  it('ends that with limit when the unit is larger than the assembly buffer', async () => {
    const { atPage, atEngine } = await openConsole();
    readUnits(atPage, new ByteReader({ maxBytes: 1000 }), []);
    const reasons: CloseReason[] = [];
    atPage.onClose((reason) => reasons.push(reason));
    atPage.start();
    atEngine.write(Uint8Array.of(0x7f, 0xff, 0xff, 0xff, ...patternBytes(2000)));
    await until(() => reasons.length === 1);
    expect(reasons).toMatchObject([{ kind: 'failed', error: { code: 'limit' } }]);
  });

  it('splits a chunk larger than the credit, and tells done when all of it went out', async () => {
    const { atPage, atEngine } = await openConsole();
    const recorder = new Recorder(atPage, { isHolding: true });
    atPage.start();
    let dones = 0;
    atEngine.write(patternBytes(5 * creditBytes + 1), () => dones++);
    await until(() => atPage.isPaused);
    await quiet();
    expect([dones, recorder.bytes]).toEqual([0, creditBytes]);
    recorder.release();
    await until(() => recorder.bytes === 5 * creditBytes + 1);
    expect([dones, firstWrong(recorder.received, 0)]).toEqual([1, -1]);
  });

  it('consumes at once in a hidden window, which gets no animation frames', async () => {
    const { atPage, atEngine } = await openConsole();
    const hiddenDocument = { hidden: true, defaultView: { requestAnimationFrame: () => 0 } };
    const frames = framesOf({ ownerDocument: hiddenDocument } as unknown as Element);
    let bytes = 0;
    atPage.onData((chunk) => {
      bytes += chunk.length;
      frames.next(() => atPage.consumed(chunk.length));
    });
    atPage.start();
    atEngine.write(patternBytes(4 * creditBytes));
    await until(() => bytes === 4 * creditBytes && atPage.unconsumedBytes === 0, 'the stream to go on while hidden');
  });

  it.each(['source', 'sink'] as const)('closes both when the %s dies and done never comes', async (which) => {
    const { atPage, atEngine } = await openConsole();
    const tunnel = new FakeDuplex({ label: 'tunnel' });
    const reasons: CloseReason[] = [];
    const pair = splice(tunnel, atEngine);
    pair.onClose((reason) => reasons.push(reason));
    const recorder = new Recorder(atPage, { isHolding: true });
    atPage.start();
    tunnel.flood(10_000); // more than the credit: writes wait in the channel for a done that never comes
    await until(() => atPage.isPaused);
    const error = new AppError('reset', 'The peer broke the connection.');
    if (which === 'source') {
      tunnel.fail(error);
      recorder.release(); // what was read still arrives
      await until(() => recorder.isClosed, 'the close at the page');
      expect(recorder.bytes).toBeGreaterThan(1_000_000);
      expect(recorder.reasons).toMatchObject([{ kind: 'failed', error: { code: 'reset' } }]);
    } else {
      atPage.dispose();
      await until(() => tunnel.isClosed, 'the close of the tunnel');
      expect(reasons).toMatchObject([{ kind: 'failed', error: { code: 'closed' } }]);
    }
    await until(() => reasons.length === 1);
    expect([tunnel.isClosed, pair.up.heldBytes]).toEqual([true, 0]);
  });

  it('loses no byte that came before the other end existed', async () => {
    const { atPage, atEngine } = await openConsole();
    atPage.write(patternBytes(50_000));
    await quiet();
    expect(atEngine.unconsumedBytes).toBe(0); // born paused: nobody was told yet
    const late = new FakeDuplex({ label: 'late tunnel', autoAccept: true });
    splice(late, atEngine);
    new Recorder(atPage);
    atPage.start();
    await until(() => late.acceptedBytes === 50_000);
    expect(firstWrong(concat(late.accepted), 0)).toBe(-1);
  });
});
