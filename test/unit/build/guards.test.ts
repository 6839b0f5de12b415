import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { asksForElectron } from '../../../build/nodeBundles.mjs';
import { INITIAL_SCRIPT_BYTES, measurePage } from '../../../build/pageBudget.mjs';

describe('asksForElectron', () => {
  it.each([
    'import { app } from "electron";',
    "import'electron';",
    'const { app } = require("electron");',
    'await import(`electron`)',
    "require('electron/main')",
    'export * from "electron";',
  ])('sees %s', (code) => expect(asksForElectron(code)).toBe(true));

  it.each([
    'import x from "./electron.js";',
    'console.log("electron")',
    'require("electron-builder")',
    'const electron = "electron";',
  ])('lets %s pass', (code) => expect(asksForElectron(code)).toBe(false));
});

describe('measurePage', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function page(html: string, scripts: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-page-'));
    folders.push(folder);
    writeFileSync(join(folder, 'index.html'), html);
    for (const [name, code] of Object.entries(scripts)) writeFileSync(join(folder, name), code);
    return folder;
  }

  const entry = '<script type="module" crossorigin src="/main.js"></script>';
  const noise = (bytes: number) =>
    Array.from({ length: bytes }, () => String.fromCharCode(33 + Math.random() * 90)).join('');

  it('counts what index.html names and all that it imports statically, and no more', () => {
    const folder = page(entry, { 'main.js': 'a', 'shared.js': 'b', 'lazy.js': noise(1000) });
    const chunks = [
      { fileName: 'main.js', imports: ['shared.js'] },
      { fileName: 'shared.js', imports: ['main.js'] },
      { fileName: 'lazy.js', imports: [] },
    ];
    const { files, problems } = measurePage(folder, chunks);
    expect(files.map((file) => file.name)).toEqual(['main.js', 'shared.js']);
    expect(problems).toEqual([]);
  });

  it('fails above the budget', () => {
    const folder = page(entry, { 'main.js': noise(INITIAL_SCRIPT_BYTES * 1.4) });
    expect(measurePage(folder, [{ fileName: 'main.js', imports: [] }]).problems[0]).toContain('more than 300 KiB');
  });

  it.each([
    ['<script>alert(1)</script>', 'inline script'],
    ['<body onload="go()">', 'inline event handler'],
  ])('fails on %s, which the policy would refuse', (html, words) => {
    const folder = page(entry + html, { 'main.js': '' });
    expect(measurePage(folder, [{ fileName: 'main.js', imports: [] }]).problems[0]).toContain(words);
  });
});
