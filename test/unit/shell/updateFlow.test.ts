import { beforeEach, describe, expect, it } from 'vitest';

import { type Offer, UpdateFlow, type UpdateSource } from '../../../electron/main/update/updateFlow.ts';
import type { UpdatePhase, UpdateState } from '../../../shared/wire/shellUpdate.ts';
import { updateState } from '../../../shared/wire/shellUpdate.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

/** Does what the test says, and counts what it was asked. */
class FakeSource implements UpdateSource {
  offer: Offer | undefined;
  checks = 0;
  installs = 0;
  onQuit: boolean | undefined;
  failure: string | undefined;
  tell: ((fraction: number, bytesPerSecond: number) => void) | undefined;
  finish: ((error?: Error) => void) | undefined;

  check(): Promise<Offer | undefined> {
    this.checks += 1;
    return this.failure === undefined ? Promise.resolve(this.offer) : Promise.reject(new Error(this.failure));
  }

  download(onProgress: NonNullable<FakeSource['tell']>, signal: AbortSignal): Promise<void> {
    this.tell = onProgress;
    return new Promise((resolve, reject) => {
      this.finish = (error) => (error ? reject(error) : resolve());
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }

  installOnQuit(isWanted: boolean): void {
    this.onQuit = isWanted;
  }

  async installNow(prepareToEnd: () => Promise<void>): Promise<void> {
    this.installs += 1;
    if (this.failure !== undefined) throw new Error(this.failure);
    await prepareToEnd();
  }
}

let clock: FakeClock;
let source: FakeSource;
let mayEnd: boolean;
let preparations: number;
let told: UpdateState[];
beforeEach(() => {
  clock = new FakeClock();
  source = new FakeSource();
  mayEnd = true;
  preparations = 0;
  told = [];
});

function flowOf(more: { installs?: UpdateState['installs']; off?: string } = {}): UpdateFlow {
  const flow = new UpdateFlow({
    clock,
    version: '0.2.0',
    installs: more.installs ?? 'self',
    open: () => Promise.resolve(source),
    off: more.off,
    mayEndNow: () => Promise.resolve(mayEnd),
    prepareToEnd: () => {
      preparations += 1;
      return Promise.resolve();
    },
  });
  flow.onChanged((state) => told.push(updateState.parse(state)));
  return flow;
}

const offered = (version: string, more: Partial<Offer> = {}): Offer => ({ version, isOurTurn: true, ...more });

async function learns(flow: UpdateFlow, offer: Offer | undefined): Promise<UpdatePhase> {
  source.offer = offer;
  await flow.act('check');
  return flow.state.phase;
}

describe('looking for a newer version', () => {
  it('is first done a minute after the start, then every four hours, and not at all where that is not wanted', async () => {
    const flow = flowOf();
    clock.advance(24 * 3600_000);
    expect(source.checks).toBe(0);
    flow.choose('tell');
    clock.advance(59_999);
    expect(source.checks).toBe(0);
    clock.advance(1);
    await settle();
    expect(source.checks).toBe(1);
    for (let hours = 0; hours < 8; hours += 4) {
      clock.advance(4 * 3600_000);
      await settle();
    }
    expect(source.checks).toBe(3);
    flow.choose('off');
    clock.advance(24 * 3600_000);
    await settle();
    expect(source.checks).toBe(3);
    flow.dispose();
    expect(clock.timerCount).toBe(0);
  });

  it('knows what is the same, older, in steps, unsigned and no version', async () => {
    const flow = flowOf();
    expect(await learns(flow, undefined)).toMatchObject({ kind: 'current' });
    expect(await learns(flow, offered('0.2.0'))).toMatchObject({ kind: 'current' });
    expect(await learns(flow, offered('0.1.9'))).toMatchObject({
      kind: 'refused',
      reason: 'Version 0.1.9 is offered, which is older than this 0.2.0. An older one is never installed.',
    });
    expect(await learns(flow, offered('0.2.0-rc.1'))).toMatchObject({ kind: 'refused' });
    expect(await learns(flow, offered('0.3.0', { isOurTurn: false }))).toEqual({ kind: 'waiting', version: '0.3.0' });
    expect(await learns(flow, offered('0.3.0', { problem: 'Not signed.' }))).toMatchObject({ reason: 'Not signed.' });
    expect(await learns(flow, offered('newest'))).toMatchObject({ kind: 'refused' });
    source.failure = 'The place did not answer.\n at secret/path';
    expect(await learns(flow, undefined)).toEqual({ kind: 'failed', reason: 'The place did not answer.' });
    source.failure = undefined;
    expect(await learns(flow, offered('0.3.0'))).toEqual({ kind: 'available', version: '0.3.0' });
    flow.dispose();
  });

  it('is off for good where the policy says so', async () => {
    const flow = flowOf({ off: 'Switched off.' });
    flow.choose('install');
    clock.advance(24 * 3600_000);
    for (const action of ['check', 'download', 'install', 'cancel'] as const) await flow.act(action);
    expect(source.checks).toBe(0);
    expect(flow.state.phase).toEqual({ kind: 'off', reason: 'Switched off.' });
    flow.dispose();
  });
});

describe('a newer version', () => {
  it('is fetched by itself where that is wanted, tells how far it is, and is installed when the program ends', async () => {
    const flow = flowOf();
    flow.choose('install');
    void learns(flow, offered('0.3.0'));
    await settle();
    source.tell?.(0.5, 1_000_000);
    expect(flow.state.phase).toEqual({
      kind: 'downloading',
      version: '0.3.0',
      fraction: 0.5,
      bytesPerSecond: 1_000_000,
    });
    source.finish?.();
    await settle();
    expect(flow.state.phase).toEqual({ kind: 'ready', version: '0.3.0' });
    expect(source.onQuit).toBe(true);
    expect(source.installs).toBe(0);
    flow.choose('off');
    await settle();
    expect(source.onQuit).toBe(false);
    flow.dispose();
  });

  it('is only told of where that is wanted, and fetched when the person says so', async () => {
    const flow = flowOf();
    flow.choose('tell');
    expect(await learns(flow, offered('0.3.0'))).toMatchObject({ kind: 'available' });
    expect(source.finish).toBeUndefined();
    void flow.act('download');
    await settle();
    expect(flow.state.phase.kind).toBe('downloading');
    await flow.act('cancel');
    await settle();
    expect(flow.state.phase).toEqual({ kind: 'available', version: '0.3.0' });
    flow.dispose();
  });

  it('is not installed while something runs that the person lets run', async () => {
    const flow = flowOf();
    flow.choose('install');
    void learns(flow, offered('0.3.0'));
    await settle();
    await flow.act('install');
    expect(source.installs).toBe(0);
    source.finish?.();
    await settle();
    mayEnd = false;
    await flow.act('install');
    expect(source.installs).toBe(0);
    expect(preparations).toBe(0);
    mayEnd = true;
    await flow.act('install');
    expect([source.installs, preparations]).toEqual([1, 1]);
    flow.dispose();
  });

  it('that cannot be installed leaves the program as it is, and says why', async () => {
    const flow = flowOf();
    flow.choose('install');
    void learns(flow, offered('0.3.0'));
    await settle();
    source.finish?.();
    await settle();
    source.failure = 'Its folder can’t be written.';
    await flow.act('install');
    expect(flow.state.phase).toEqual({ kind: 'failed', reason: 'Its folder can’t be written.' });
    expect(preparations).toBe(0);
    flow.dispose();
  });

  it('of a package of the system is told of and never fetched', async () => {
    const flow = flowOf({ installs: 'package-manager' });
    flow.choose('install');
    expect(await learns(flow, offered('0.3.0'))).toMatchObject({ kind: 'available' });
    await flow.act('download');
    expect(flow.state.phase.kind).toBe('available');
    expect(source.finish).toBeUndefined();
    flow.dispose();
  });

  it('that could not be fetched says why, and is looked for again', async () => {
    const flow = flowOf();
    flow.choose('install');
    void learns(flow, offered('0.3.0'));
    await settle();
    source.finish?.(new Error('What was fetched is not what was announced.'));
    await settle();
    expect(flow.state.phase).toMatchObject({ kind: 'failed', reason: 'What was fetched is not what was announced.' });
    void learns(flow, offered('0.3.0'));
    await settle();
    expect(flow.state.phase.kind).toBe('downloading');
    flow.dispose();
    await settle();
    expect(told.map(({ phase }) => phase.kind)).not.toContain('ready');
  });
});
