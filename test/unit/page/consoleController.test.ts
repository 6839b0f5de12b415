import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { setEngine } from '../../../renderer/api/engine.ts';
import { useClusters } from '../../../renderer/state/clusters.ts';
import { consoleById, useConsoles } from '../../../renderer/state/consoles.ts';
import { applyInventoryChange, emptyInventory, useInventory } from '../../../renderer/state/inventory.ts';
import { ConsoleController } from '../../../renderer/views/console/consoleController.ts';
import { setConsoleViews } from '../../../renderer/views/console/consoleViews.ts';
import { AppError, type ErrorCode, type RetryHint } from '../../../shared/base/errors.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakePeer, FakeVncView, stubDocument } from './fakePage.ts';
import { changeOf, clusterOf, guestOf } from './samples.ts';

const target = { kind: 'guest', clusterId: 'north', guestId: 'qemu/100' } as const;
const failed = (code: ErrorCode, retry: RetryHint): CloseReason => ({
  kind: 'failed',
  error: new AppError(code, `${code} it was.`, { retry }),
});
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

let clock: FakeClock;
let peer: FakePeer;
let view: FakeVncView;
let controller: ConsoleController;

const state = () => consoleById(controller.panelId)!;
const setGuest = (part: Parameters<typeof guestOf>[2]) =>
  useInventory.setState((before) =>
    applyInventoryChange(before, changeOf('north', { full: true, guests: [guestOf('north', 100, part)] })),
  );

beforeAll(() => {
  stubDocument();
  setConsoleViews({
    vnc: () => Promise.resolve(() => view.asView()),
    terminal: () => Promise.reject(new Error('not asked')),
  });
});

beforeEach(async () => {
  clock = new FakeClock();
  peer = new FakePeer();
  view = new FakeVncView();
  setEngine(peer);
  useClusters.setState({ list: [clusterOf('north')], isKnown: true });
  useInventory.setState(emptyInventory, true);
  setGuest({});
  controller = new ConsoleController({ target, view: 'vnc' }, clock);
  await turn();
});

afterEach(() => {
  controller.dispose();
  expect(view.isDisposed).toBe(view.attached.length > 0);
  expect(clock.timerCount).toBe(0);
  expect(useConsoles.getState().byPanel.size).toBe(0);
  setEngine(undefined);
});

describe('a console', () => {
  it('opens one channel at once and is open with the first picture', () => {
    expect(peer.channels).toHaveLength(1);
    expect(view.attached).toEqual([peer.channels[0]]);
    expect(state().phase).toBe('opening');
    clock.advance(120);
    view.paint();
    expect(state()).toMatchObject({ phase: 'open', hasPicture: true, firstPaintMs: 120, channel: 1 });
  });

  it('takes the keys with the first picture only when it was asked to', () => {
    view.paint();
    expect(view.focusCount).toBe(0);
    controller.focus();
    expect(view.focusCount).toBe(1);
    expect(useConsoles.getState().keyboardPanelId).toBe(controller.panelId);
  });

  it('opens a new channel after a loss, keeps the picture, waits longer each time, and never uses the old one', () => {
    view.paint();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      view.lose(failed('reset', 'later'));
      expect(state()).toMatchObject({ phase: 'lost', hasPicture: true });
      const before = peer.channels.length;
      waits.push(state().nextTryAtMs! - clock.wallMs());
      clock.advance(waits.at(-1)! - 1);
      expect(peer.channels).toHaveLength(before);
      clock.advance(1);
      expect(peer.channels).toHaveLength(before + 1);
    }
    expect(new Set(view.attached).size).toBe(5);
    expect(waits[3]!).toBeGreaterThan(waits[0]! * 2);
    view.paint();
    expect(state()).toMatchObject({ phase: 'open', lostAtMs: undefined, error: undefined });
  });

  it('counts anew once it was steady for 5 seconds', () => {
    view.paint();
    view.lose(failed('reset', 'later'));
    clock.advance(20_000);
    view.paint();
    expect(state().attempt).toBe(2);
    clock.advance(5_000);
    expect(state().attempt).toBe(0);
  });

  it('gives up after 20 tries in a row, and a person can start over', () => {
    for (let tries = 0; tries < 30 && state().phase !== 'stopped'; tries++) {
      view.lose(failed('timeout', 'later'));
      clock.advance(60_000);
    }
    expect(peer.channels).toHaveLength(20);
    expect(state().phase).toBe('stopped');
    controller.tryNow();
    expect(peer.channels).toHaveLength(21);
    expect(state()).toMatchObject({ phase: 'opening', attempt: 1 });
  });

  it('does not try again where it cannot help, and says why', () => {
    view.lose(failed('forbidden', 'never'));
    clock.advance(120_000);
    expect(peer.channels).toHaveLength(1);
    expect(state()).toMatchObject({ phase: 'stopped', error: { code: 'forbidden', message: 'forbidden it was.' } });
  });

  it('waits for a guest that is off, and opens by itself when it runs', () => {
    setGuest({ state: 'stopped' });
    view.lose(failed('not-running', 'never'));
    expect(state()).toMatchObject({ phase: 'stopped', waitsFor: 'guest' });
    setGuest({ state: 'stopped', cpu: 0 });
    expect(peer.channels).toHaveLength(1);
    setGuest({ state: 'running' });
    expect(peer.channels).toHaveLength(2);
    expect(state().phase).toBe('opening');
  });

  it('takes a regular end while the guest runs for a loss, and while it is off for the end', () => {
    view.paint();
    view.lose({ kind: 'ended' });
    expect(state().phase).toBe('lost');
    clock.advance(5_000);
    view.paint();
    setGuest({ state: 'stopped' });
    view.lose({ kind: 'ended' });
    expect(state()).toMatchObject({ phase: 'stopped', waitsFor: 'guest' });
  });

  it('stops after a few regular ends in a row: the guest does not want it', () => {
    for (let times = 0; times < 10 && state().phase !== 'stopped'; times++) {
      view.lose({ kind: 'ended' });
      clock.advance(3_000);
    }
    expect(state()).toMatchObject({ phase: 'stopped', waitsFor: undefined });
    expect(peer.channels.length).toBeLessThan(6);
  });

  it('waits for the engine without counting, and comes back on the new one', () => {
    view.paint();
    setEngine(undefined);
    view.lose(failed('link-lost', 'later'));
    clock.advance(600_000);
    expect(state()).toMatchObject({ phase: 'lost', waitsFor: 'engine' });
    const next = new FakePeer();
    setEngine(next);
    useClusters.setState({ isKnown: true });
    expect(next.channels).toHaveLength(1);
    expect(view.attached.at(-1)).toBe(next.channels[0]);
  });

  it('waits for the sign-in, and opens after it', () => {
    view.paint();
    useClusters.setState({ list: [clusterOf('north', { state: 'signed-out' })] });
    view.lose(failed('session-expired', 'later'));
    clock.advance(60_000);
    expect(state()).toMatchObject({ phase: 'lost', waitsFor: 'sign-in' });
    expect(peer.channels).toHaveLength(1);
    useClusters.setState({ list: [clusterOf('north')] });
    expect(peer.channels).toHaveLength(2);
  });

  it('stops trying when told so, ends its channel, and starts over when told so', () => {
    view.paint();
    view.lose(failed('reset', 'later'));
    controller.stopTrying();
    clock.advance(120_000);
    expect(peer.channels).toHaveLength(1);
    expect(state().phase).toBe('stopped');
    controller.tryNow();
    expect(state().phase).toBe('lost');
    expect(peer.channels).toHaveLength(2);
  });

  it('closes its channel with itself', () => {
    const [channel] = peer.channels;
    controller.dispose();
    expect(channel?.isClosed).toBe(true);
  });
});
