import { commands } from './commands.ts';

export interface MapItem {
  readonly keys: string;
  readonly does: string;
}
export interface MapGroup {
  readonly title: string;
  readonly items: readonly MapItem[];
}

/** Keys of lists, which mean something only there. */
const ofLists: readonly MapGroup[] = [
  {
    title: 'Inventory',
    items: [
      { keys: 'Enter', does: 'Open the console' },
      { keys: 'Ctrl Enter', does: 'Open it beside' },
      { keys: 'Shift F10', does: 'Actions of the row' },
      { keys: '← →', does: 'Fold, unfold' },
    ],
  },
  {
    title: 'Tasks',
    items: [
      { keys: 'Enter', does: 'Go to the log' },
      { keys: 'Delete', does: 'Stop the task, after asking' },
      { keys: 'Shift F10', does: 'Actions of the task' },
      { keys: 'Esc', does: 'Close the details' },
    ],
  },
];

/** The keyboard map, as people read it. */
export function keyboardMap(): readonly MapGroup[] {
  const all = commands();
  const group = (title: string): MapGroup => ({
    title,
    items: all.flatMap(({ keys, map }) => (keys !== undefined && map?.[0] === title ? [{ keys, does: map[1] }] : [])),
  });
  return [group('Find'), group('Areas'), ...ofLists, group('Consoles')];
}
