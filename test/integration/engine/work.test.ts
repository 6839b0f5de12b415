// What the machine is told of the engine's work: whether it should stay awake for it, and what would end with the program.
import { afterEach, expect, it } from 'vitest';

import type { EngineWork } from '../../../shared/wire/hostMessages.ts';
import { EngineBench } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let bench: EngineBench;
afterEach(() => bench.close());

it('counts a migration that this person started once, from its start to its end', async () => {
  bench = await EngineBench.start({ life: false, quirks: { taskPace: 60 } });
  const state = await bench.signedIn();
  await until(() => state.guests.has('qemu/101'));
  const told: EngineWork[] = [];
  bench.host.engine.onWork((work) => told.push(work));
  expect(bench.host.engine.work).toEqual({ running: 0, updates: 'install', keepsAwake: true });
  const { cluster, page } = state;
  await page.call('migrations.add', { clusterId: cluster.id, guestIds: ['qemu/101'], plan: { target: 'pve2' } });
  await until(() => told.some(({ running }) => running > 0));
  await until(() => bench.host.engine.work.running === 0);
  expect(Math.max(...told.map(({ running }) => running))).toBe(1);
  expect(told.at(-1)).toMatchObject({ running: 0 });
});

it('tells what the person wants of it, and what the policy decides over that', async () => {
  bench = await EngineBench.start({ life: false, deps: { forced: { updates: 'off' } } });
  const { page } = await bench.open();
  const told: EngineWork[] = [];
  bench.host.engine.onWork((work) => told.push(work));
  const settings = { theme: 'dark' as const, releaseKey: 'ControlRight' as const, terminalFontSizePx: 12 };
  await page.call('settings.set', { settings: { ...settings, keepsAwake: false, updates: 'install' } });
  expect(told).toEqual([{ running: 0, updates: 'off', keepsAwake: false }]);
});
