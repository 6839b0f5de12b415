export interface ShortcutItem {
  readonly keys: string;
  readonly does: string;
}

/** The keyboard map, as people read it. `shortcuts.ts` does it. */
export const shortcutGroups: readonly { readonly title: string; readonly items: readonly ShortcutItem[] }[] = [
  {
    title: 'Find',
    items: [
      { keys: 'Ctrl K', does: 'Guests, tasks and commands' },
      { keys: 'Ctrl F', does: 'Filter the inventory or the monitor, find in the terminal or the log' },
      { keys: 'F1', does: 'This map' },
    ],
  },
  {
    title: 'Areas',
    items: [
      { keys: 'F6', does: 'Next area' },
      { keys: 'Shift F6', does: 'Previous area' },
      { keys: 'Ctrl B', does: 'Inventory' },
      { keys: 'Ctrl J', does: 'Bottom panel' },
      { keys: 'Ctrl Shift M', does: 'Monitor of all tasks' },
    ],
  },
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
  {
    title: 'Consoles',
    items: [
      { keys: 'Ctrl 1', does: 'Tab of the group, up to 8; 9 is the last' },
      { keys: 'Ctrl Tab', does: 'Last used tab' },
      { keys: 'Ctrl \\', does: 'Split' },
      { keys: 'Ctrl Alt ←', does: 'Focus the split on that side' },
      { keys: 'Ctrl Alt Shift ←', does: 'Move the tab there' },
      { keys: 'Ctrl Shift O', does: 'Into a window of its own, or back' },
      { keys: 'Ctrl W', does: 'Close the tab (Alt W in a browser)' },
      { keys: 'Ctrl Shift V', does: 'Paste as keys' },
      { keys: 'F11', does: 'Full screen of the console' },
    ],
  },
];
