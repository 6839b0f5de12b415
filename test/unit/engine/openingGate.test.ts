import { beforeEach, describe, expect, it } from 'vitest';

import { OpeningGate } from '../../../electron/engine/tunnel/openingGate.ts';
import { AppError, type ErrorCode } from '../../../shared/base/errors.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

const address = 'pve1:8006';
const never = new AbortController().signal;

/** A server that answers when told to, and counts who is there. */
class Server {
  readonly #open = new Set<{ answer(): void; fail(error: AppError): void }>();
  mostAtOnce = 0;
  readonly startsMs: number[] = [];

  connect(clock: FakeClock): Promise<string> {
    this.startsMs.push(clock.nowMs());
    return new Promise((resolve, reject) => {
      const one = { answer: () => resolve('open'), fail: reject };
      this.#open.add(one);
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#open.size);
    });
  }

  get atOnce(): number {
    return this.#open.size;
  }

  async answerAll(): Promise<void> {
    for (const one of this.#open) one.answer();
    this.#open.clear();
    await settle();
  }

  async failAll(code: ErrorCode, step?: string): Promise<void> {
    for (const one of this.#open) one.fail(new AppError(code, 'no', step === undefined ? {} : { detail: { step } }));
    this.#open.clear();
    await settle();
  }
}

describe('the gate of an address', () => {
  let clock: FakeClock;
  let gate: OpeningGate;
  let server: Server;
  let outcomes: string[];
  const send = (count: number, to = address, signal = never) => {
    for (let n = 0; n < count; n += 1) {
      void gate
        .run(to, signal, () => server.connect(clock))
        .then(
          (word) => outcomes.push(word),
          (error: AppError) => outcomes.push(error.code),
        );
    }
    return settle();
  };
  beforeEach(() => {
    clock = new FakeClock();
    gate = new OpeningGate({ clock, random: () => 0.5 });
    server = new Server();
    outcomes = [];
  });

  it('lets a click through at once', async () => {
    await send(1);
    expect(server.atOnce).toBe(1);
    await server.answerAll();
    expect(outcomes).toEqual(['open']);
    expect(clock.timerCount).toBe(0);
  });

  it('opens 100 that died together six at a time, in the order they came', async () => {
    await send(100);
    expect(gate.waitingAt(address)).toBe(94);
    for (let n = 0; n < 20; n += 1) await server.answerAll();
    expect(outcomes.filter((word) => word === 'open')).toHaveLength(100);
    expect(server.mostAtOnce).toBe(6);
    expect(gate.waitingAt(address)).toBe(0);
  });

  it('asks an address that fails two at a time with growing pauses, and is wide open after one success', async () => {
    await send(100);
    await server.failAll('refused');
    expect(server.atOnce).toBe(0);
    const starts: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      await clock.advanceAsync(5_000);
      expect(server.atOnce).toBe(2);
      starts.push(server.startsMs.at(-1) ?? 0);
      await server.failAll('refused');
    }
    const pauses = starts.map((ms, n) => ms - n * 5_000);
    expect(pauses.slice(0, 5)).toEqual([188, 375, 750, 1_500, 3_000]);
    await clock.advanceAsync(5_000);
    await server.answerAll();
    expect(server.atOnce).toBe(6);
  });

  it('does not make others wait for guests whose own port is dead, or that are off', async () => {
    await send(20);
    await server.failAll('timeout', 'tunnel');
    expect(server.atOnce).toBe(6);
    await server.failAll('not-running');
    expect(server.atOnce).toBe(6);
    expect(clock.timerCount).toBe(0);
  });

  it('holds no address back for another', async () => {
    await send(10);
    await send(3, 'pve2:8006');
    expect(server.atOnce).toBe(9);
  });

  it('lets go of who is given up while waiting, and of nobody else', async () => {
    const controller = new AbortController();
    await send(6);
    await send(3, address, controller.signal);
    await send(1);
    controller.abort();
    await settle();
    expect(outcomes).toEqual(['aborted', 'aborted', 'aborted']);
    await server.answerAll();
    expect(server.atOnce).toBe(1);
    await send(1, address, controller.signal);
    expect(outcomes.at(-1)).toBe('aborted');
  });

  it('has a bound for who waits', async () => {
    await send(6 + 512);
    await send(1);
    expect(outcomes).toEqual(['busy']);
  });
});
