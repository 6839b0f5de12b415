/**
 * For words that, once painted, mean that the window can be used (`usable`) or that an inventory is there (`nodes`).
 * Browsers that know `elementtiming` remember when they painted them; test/bench/start.mjs asks for it afterwards.
 */
export const paintMark = (name: 'usable' | 'nodes'): object => ({ elementtiming: name });
