/** DOM id of a tree row. */
export const rowId = (key: string) => `tree-${key.replace(/[^\w-]/g, '_')}`;
