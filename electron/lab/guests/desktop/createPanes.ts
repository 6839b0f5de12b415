import { type Appearance, AppearancePane } from './appearancePane.ts';
import type { AppName } from './dock.ts';
import { MonitorPane } from './monitorPane.ts';
import { NotesPane } from './notesPane.ts';
import type { Pane, PaneHost } from './pane.ts';
import { SketchPane } from './sketchPane.ts';

export interface PaneSetup {
  readonly name: string;
  /** Beside the name in the bar, such as `101 on n1`. */
  readonly detail: string;
  readonly memoryMib: number;
  readonly seed: number;
  readonly appearance: Appearance;
  host(app: AppName): PaneHost;
  onAppearance(): void;
}

const welcome =
  'This desktop belongs to the demo cluster. It lives inside Sluice and nothing here can break.\n\n' +
  'Type on this page. Drag windows by their title. Open the others from the dock below.\n\n';

export function createPanes(setup: PaneSetup): Record<AppName, Pane> {
  const { name, detail, memoryMib, seed, appearance } = setup;
  return {
    notes: new NotesPane(setup.host('notes'), `Hello from ${name}`, `Started as ${detail}`, welcome),
    monitor: new MonitorPane(setup.host('monitor'), seed, memoryMib),
    sketch: new SketchPane(setup.host('sketch')),
    appearance: new AppearancePane(setup.host('appearance'), appearance, () => setup.onAppearance()),
  };
}
