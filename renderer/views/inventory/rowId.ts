/** DOM id of a tree row. */
export const rowId = (key: string) => `tree-${key.replace(/[^\w-]/g, '_')}`;

/** Key of the tree row that an element stands in. */
export const rowKeyAt = (element: Element): string | undefined =>
  element.closest<HTMLElement>('[data-row]')?.dataset['row'];
