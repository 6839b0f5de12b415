import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

import type { TerminalView } from '../../../renderer/consoles/consoleView.ts';
import { setEngine } from '../../../renderer/api/engine.ts';
import { useClusters } from '../../../renderer/state/clusters.ts';
import { noteConsoleStatus } from '../../../renderer/state/consoleStatus.ts';
import { consoleById } from '../../../renderer/state/consoles.ts';
import { ConsoleController } from '../../../renderer/views/console/consoleController.ts';
import { setConsoleViews } from '../../../renderer/views/console/consoleViews.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { ConsolePhase, ConsoleTarget } from '../../../shared/model/console.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakePeer, FakeVncView, stubDocument } from './fakePage.ts';

const port: ConsoleTarget = {
  ...{ kind: 'endpoint', clusterId: '', endpointId: 'a', label: 'port' },
  view: 'terminal',
};
const shell: ConsoleTarget = { kind: 'node', clusterId: 'north', node: 'pve1' };

let controller: ConsoleController;

function silentTerminal(): TerminalView {
  const onResize = new Emitter<{ cols: number; rows: number }>().event;
  return Object.assign(new FakeVncView(), { cols: 80, rows: 24, onResize }) as unknown as TerminalView;
}

beforeAll(() => {
  stubDocument();
  setConsoleViews({
    vnc: () => Promise.reject(new Error('not asked')),
    terminal: () => Promise.resolve(() => silentTerminal()),
  });
});

beforeEach(() => {
  setEngine(new FakePeer());
  useClusters.setState({ list: [], isKnown: true });
});

afterEach(() => {
  controller.dispose();
  setEngine(undefined);
});

async function open(target: ConsoleTarget): Promise<() => string | undefined> {
  controller = new ConsoleController({ target, view: 'terminal' }, new FakeClock());
  await new Promise<void>((resolve) => setImmediate(resolve));
  return () => consoleById(controller.panelId)?.phase;
}

function reach(phase: ConsolePhase): void {
  const channel = consoleById(controller.panelId)?.channel ?? 0;
  noteConsoleStatus({ channel, node: '', steps: [{ phase, startedAtMs: 0 }] });
}

it('a serial port that says nothing is open as soon as its tunnel is', async () => {
  const phase = await open(port);
  reach('tunnel');
  expect(phase()).toBe('opening');
  reach('open');
  expect(phase()).toBe('open');
});

it('a shell is open with the first it says', async () => {
  const phase = await open(shell);
  reach('open');
  expect(phase()).toBe('opening');
});
