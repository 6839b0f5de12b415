import { afterEach, describe, expect, it } from 'vitest';

import { EngineBench, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { View } from '../../support/view.ts';

checkLeaks();

let bench: EngineBench;
afterEach(async () => {
  await bench.close();
});

const screen = (state: PageState, guestId = 'qemu/101') => new View(state.console(guestId, 'vnc'), true);
const terminal = (state: PageState, guestId = 'qemu/100') => new View(state.console(guestId, 'terminal'), false);

describe.each(['new', 'old'] as const)('with %s tickets', (ticketStyle) => {
  it('shows the screen of a guest, signed in already', async () => {
    bench = await EngineBench.start({ quirks: { ticketStyle } });
    const state = await bench.signedIn();
    const view = screen(state);
    await until(() => view.screen !== undefined);
    expect(view.screen?.[0]).toBeGreaterThan(300);
    const steps = state.statuses.get(view.channel.number)?.steps ?? [];
    expect(steps.map((step) => step.phase)).toEqual(['session', 'ticket', 'tunnel', 'handshake', 'open']);
    view.channel.dispose();
  });

  it('opens again at once after it was closed, many times', async () => {
    bench = await EngineBench.start({ quirks: { ticketStyle } });
    const state = await bench.signedIn();
    for (let turn = 0; turn < 8; turn += 1) {
      const view = screen(state);
      await until(() => view.screen !== undefined);
      view.channel.close(100);
    }
  });
});

describe.each(['alone', 'glued', 'split'] as const)('a terminal whose OK comes %s', (okDelivery) => {
  it('answers what is typed', async () => {
    bench = await EngineBench.start({ quirks: { okDelivery } });
    const view = terminal(await bench.signedIn());
    await until(() => view.text.includes('# '));
    expect(view.text.startsWith('OK')).toBe(false);
    view.type('echo one two\r');
    await until(() => /\none two\r\n/.test(view.text));
    view.channel.close(100);
    await until(() => view.reason !== undefined);
  });
});

it('tells a terminal its size, at first and when it changes', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  const view = terminal(state);
  await until(() => view.text.includes('# '));
  view.type('stty size\r');
  await until(() => view.text.includes('30 100'));
  await state.page.call('console.resize', { channel: view.channel.number, cols: 132, rows: 43 });
  view.type('stty size\r');
  await until(() => view.text.includes('43 132'));
  view.channel.close(100);
});

it('pastes 60 KiB without losing a byte, though the server forgets headers it cuts', async () => {
  bench = await EngineBench.start({ quirks: { lostHeaders: true } });
  const view = terminal(await bench.signedIn());
  await until(() => view.text.includes('# '));
  const line = `echo ${'x'.repeat(70)}\r`;
  view.type(line.repeat(800));
  view.type('echo done\r');
  await until(() => view.text.includes('\ndone\r\n'));
  expect(view.countOf(`\n${'x'.repeat(70)}\r\n`)).toBe(800);
  expect(bench.lab.consoles[0]?.violation).toBeUndefined();
  view.channel.close(100);
});

it('says that a guest is off, without asking for a console', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  const stopped = [...state.guests.values()].find((guest) => guest.state === 'stopped' && guest.type === 'qemu');
  const view = screen(state, stopped?.id);
  await until(() => view.reason !== undefined);
  expect(view.error).toMatchObject({ code: 'not-running', retry: 'later' });
  expect(state.statuses.get(view.channel.number)?.steps.at(-1)).toMatchObject({
    phase: 'ticket',
    error: { code: 'not-running' },
  });
});

it('says that a guest is gone', async () => {
  bench = await EngineBench.start();
  const view = screen(await bench.signedIn(), 'qemu/4711');
  await until(() => view.reason !== undefined);
  expect(view.error).toMatchObject({ code: 'not-found' });
});

it('gives the reason of the worker where the server never answers', async () => {
  bench = await EngineBench.start({ quirks: { deadBackend: true, consoleWaitMs: 2_500 } });
  const state = await bench.signedIn();
  const view = screen(state);
  await until(() => view.reason !== undefined);
  expect(view.error?.message).toContain('connection timed out');
  expect(state.statuses.get(view.channel.number)?.steps.at(-1)?.phase).toBe('tunnel');
});

it('gets another ticket, once, when the key behind it has changed', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  const view = screen(state);
  await until(() => bench.lab.requests.some((request) => request.path.endsWith('/vncproxy') && request.status === 200));
  bench.lab.rotateAuthKey();
  await until(() => view.screen !== undefined || view.reason !== undefined);
  expect(view.error).toBeUndefined();
  view.channel.dispose();
});

it('ends the others of a page with the page, and not those of another page', async () => {
  bench = await EngineBench.start();
  const first = await bench.signedIn();
  const second = await bench.open();
  await until(() => second.clusters.length > 0);
  const [one, two] = [screen(first), screen(second, 'qemu/102')];
  await until(() => one.screen !== undefined && two.screen !== undefined);
  expect(bench.lab.consoles.filter((meter) => meter.isOpen)).toHaveLength(2);
  first.page.close();
  await until(() => bench.lab.consoles.filter((meter) => meter.isOpen).length === 1);
  await until(() => second.meters?.relays.length === 1);
  expect(second.meters?.relays[0]).toMatchObject({ health: 'alive', channel: two.channel.number });
  two.channel.dispose();
});

it('gives up everything when the page closes a console that is still opening', async () => {
  bench = await EngineBench.start({ quirks: { deadBackend: true } });
  const state = await bench.signedIn();
  const view = screen(state);
  await until(() => state.statuses.get(view.channel.number)?.steps.at(-1)?.phase === 'tunnel');
  view.channel.dispose();
  await until(() => bench.lab.openConnections <= 3);
});

it('ends the console when the guest is cut off, and keeps the other alive', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  const [one, two] = [terminal(state), screen(state, 'qemu/102')];
  await until(() => one.text.includes('# ') && two.screen !== undefined);
  const stop = { clusterId: state.cluster.id, guestId: 'qemu/100', action: 'stop' as const };
  await state.page.call('guest.power', stop);
  await until(() => one.reason !== undefined);
  expect(two.reason).toBeUndefined();
  two.channel.dispose();
});
