// A page that lost its link and comes back with a new one is told what it missed, or everything.
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { Result } from '../../../shared/wire/contract.ts';
import { wireVersion } from '../../../shared/wire/linkTerms.ts';
import { EngineBench, PageState } from '../../support/engineBench.ts';
import { until } from '../../support/until.ts';

let bench: EngineBench;

beforeEach(async () => {
  bench = await EngineBench.start({ life: false });
});

afterEach(() => bench.close());

interface Resumed {
  readonly state: PageState;
  readonly hello: Result<'app.hello'>;
  readonly isResumed: boolean;
}

/** A new link of a page that knew so much. */
async function comeBack(epoch: string, sequence: number): Promise<Resumed> {
  const state = new PageState(bench.host.connect());
  let isResumed: boolean | undefined;
  state.page.on('app.told', (told) => {
    ({ isResumed } = told);
  });
  const resume = { epoch, sequence };
  const hello = await state.page.call('app.hello', { wireVersion, resume });
  await until(() => isResumed !== undefined, 'all told');
  return { state, hello, isResumed: isResumed === true };
}

async function signedInAndLost(): Promise<{ epoch: string; sequence: number; other: PageState }> {
  const other = await bench.signedIn();
  const { page } = other;
  await until(() => page.sequence > 0, 'a number');
  const { epoch } = await bench.host.connect().call('app.hello', { wireVersion });
  return { epoch, sequence: page.sequence, other };
}

it('tells a page that comes back only what it missed', async () => {
  const { epoch, sequence, other } = await signedInAndLost();
  bench.lab.changeGuests((guests) => {
    guests.get(101)!.name = 'renamed-meanwhile';
  });
  await until(() => other.guest('qemu/101').name === 'renamed-meanwhile', 'the change');
  const { state, isResumed } = await comeBack(epoch, sequence);
  expect(isResumed).toBe(true);
  expect(state.inventoryChanges.every((change) => !change.full)).toBe(true);
  expect(state.guest('qemu/101').name).toBe('renamed-meanwhile');
  expect(state.guests.size).toBeLessThan(other.guests.size);
  expect(state.page.sequence).toBe(other.page.sequence);
});

it('tells what happens from then on, with numbers that go on', async () => {
  const { epoch, sequence, other } = await signedInAndLost();
  const { state } = await comeBack(epoch, sequence);
  bench.lab.changeGuests((guests) => {
    guests.get(102)!.name = 'renamed-later';
  });
  await until(() => state.guests.get('qemu/102')?.name === 'renamed-later', 'the change');
  await until(() => state.page.sequence === other.page.sequence, 'the same number');
  expect(state.page.sequence).toBeGreaterThan(sequence);
});

it('falls to the full state where more was missed than is kept', async () => {
  const { epoch, sequence, other } = await signedInAndLost();
  for (let turn = 0; turn < 50; turn += 1) {
    const settings = { theme: 'dark', releaseKey: 'ControlRight', terminalFontSizePx: 8 + (turn % 2) } as const;
    await other.page.call('settings.set', { settings });
  }
  const kept = await comeBack(epoch, sequence);
  expect(kept.isResumed).toBe(true); // settings tell the whole: the last is enough
  bench.lab.changeGuests((guests) => {
    const model = guests.get(101)!;
    for (let vmid = 10_000; vmid < 14_500; vmid += 1) guests.set(vmid, { ...model, vmid, name: `more-${vmid}` });
  });
  await until(() => other.guests.has('qemu/14499'), 'the many');
  const { state, isResumed } = await comeBack(epoch, sequence);
  expect(isResumed).toBe(false);
  expect(state.inventoryChanges.some((change) => change.full)).toBe(true);
  expect(state.guests.size).toBe(other.guests.size);
  expect(state.page.sequence).toBe(other.page.sequence);
});

it('tells everything where the engine is another than the page knew', async () => {
  const { epoch, sequence } = await signedInAndLost();
  await bench.restart();
  const { state, hello, isResumed } = await comeBack(epoch, sequence);
  expect(isResumed).toBe(false);
  expect(hello.epoch).not.toBe(epoch);
  await until(() => state.guests.size > 0, 'the guests');
});

it('shows life as often as the page or the host wants, the more often of the two', async () => {
  const asked = await bench.host.connect().call('app.hello', { wireVersion, heartbeatMs: 3_000 });
  expect(asked.heartbeatMs).toBe(3_000);
  const usual = await bench.host.connect().call('app.hello', { wireVersion });
  expect(usual.heartbeatMs).toBe(20_000);
});
