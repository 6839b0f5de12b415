import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const mainDir = join(import.meta.dirname, '../../../electron/main');

/** What follows each `ipcMain.on(` or `.handle(`, up to the next one, by file. */
function listeners(): { name: string; body: string }[] {
  const files = readdirSync(mainDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((name) => {
    const parts = readFileSync(join(mainDir, name), 'utf8').split(/\bipcMain\s*\.\s*/);
    return parts.slice(1).map((body) => ({ name, body: body.slice(0, body.search(/\n\}/)) }));
  });
}

describe('messages of pages to the main process', () => {
  it('are taken from our own page only, each of them', () => {
    const all = listeners();
    expect(all.length).toBeGreaterThan(3);
    expect(all.filter(({ body }) => !/^(on|handle)\('/.test(body)).map(({ name, body }) => `${name}: ${body}`)).toEqual(
      [],
    );
    expect(all.filter(({ body }) => !body.includes('isOurPage(event)')).map(({ body }) => body)).toEqual([]);
  });

  it('have no other way in: no synchronous message, no listener on contents', () => {
    const files = readdirSync(mainDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const text = files.map((name) => readFileSync(join(mainDir, name), 'utf8')).join('\n');
    expect(text).not.toMatch(/returnValue|ipcMain\.once|\.ipc\.on|on\('ipc-message/);
  });
});
