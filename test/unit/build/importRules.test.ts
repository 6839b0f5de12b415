import { describe, expect, it } from 'vitest';

import { checkImports, importsOf } from '../../../build/importRules.mjs';

const check = (files: Record<string, string>) => checkImports(new Map(Object.entries(files)));

describe('importsOf', () => {
  it('finds static, type, side-effect, re-exported and dynamic imports with their lines', () => {
    const source = [
      "import a from './a.ts';",
      "import type { B } from './b.ts';",
      "import './c.css';",
      "export { d } from './d.ts';",
      'export * from "./e.ts";',
      "const f = await import('./f.ts');",
      "type G = import('./g.ts').G;",
      "import {\n  h,\n} from './h.ts';",
    ].join('\n');
    const found = importsOf(source).sort((x, y) => x.line - y.line);
    expect(found.map((one) => one.specifier)).toEqual(
      ['a.ts', 'b.ts', 'c.css', 'd.ts', 'e.ts', 'f.ts', 'g.ts', 'h.ts'].map((name) => `./${name}`),
    );
    expect(found.map((one) => one.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 10]);
  });

  it('takes no comment and no string for an import', () => {
    expect(
      importsOf("// import a from './a.ts'\n/* import('./b.ts') */\nconst s = \"import c from './c.ts'\";"),
    ).toEqual([]);
  });
});

describe('checkImports', () => {
  it('accepts what the table allows', () => {
    const files = {
      'shared/base/event.ts': "import './lifecycle.ts';",
      'shared/base/lifecycle.ts': '',
      'electron/main/main.ts': "import { app } from 'electron';\nimport '../../shared/base/event.ts';",
    };
    expect(check(files)).toEqual([]);
  });

  it.each([
    ['shared/flow/a.ts', "import 'node:net';"],
    ['shared/base/a.ts', "import 'zod/mini';"],
    ['electron/engine/engine.ts', "import 'electron';"],
    ['electron/engine/net/a.ts', "import '../session/login.ts';"],
    ['electron/lab/a.ts', "import type { X } from '../engine/deps.ts';"],
    ['renderer/main.tsx', "const fs = await import('node:fs');"],
    ['renderer/consoles/vnc/a.ts', "import '../../../shared/wire/peer.ts';"],
  ])('refuses in %s: %s', (file, source) => {
    const target = { 'electron/engine/session/login.ts': '', 'electron/engine/deps.ts': '', 'shared/wire/peer.ts': '' };
    const problems = check({ ...target, [file]: source });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${file}:1`);
    expect(problems[0]).toContain('may not import');
  });

  it('fails on a file no room covers', () => {
    expect(check({ 'somewhere/new.ts': '' })[0]).toContain('no room');
  });

  it('fails on an import of a file that is not there', () => {
    expect(check({ 'shared/base/a.ts': "import './gone.ts';" })[0]).toContain('does not exist');
  });

  it('names a cycle once, in order, type imports included', () => {
    const problems = check({
      'shared/base/a.ts': "import './b.ts';",
      'shared/base/b.ts': "import type { C } from './c.ts';",
      'shared/base/c.ts': "import './a.ts';",
      'shared/base/d.ts': "import './a.ts';",
    });
    expect(problems).toEqual(['cycle: shared/base/a.ts -> shared/base/b.ts -> shared/base/c.ts -> shared/base/a.ts']);
  });
});
