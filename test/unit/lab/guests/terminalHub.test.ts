import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { TerminalHub } from '../../../../electron/lab/guests/shell/terminalHub.ts';

describe('terminal hub', () => {
  it('goes on after an empty write between two others', async () => {
    const hub = new TerminalHub({ onInput: () => undefined, onViewer: () => undefined });
    const viewer = hub.open();
    let seen = '';
    viewer.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    for (const text of ['^C', '', 'prompt']) hub.write(Buffer.from(text));
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(seen).toBe('^Cprompt');
    viewer.destroy();
  });
});
