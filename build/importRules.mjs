// Checks every import against the folder table (importTable.mjs): fails on a file no room covers, on an import the
// table does not allow, on an import of nothing and on cycles. Plain Node, under a second: `node build/importRules.mjs`.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rooms as houseRooms, rootFiles } from './importTable.mjs';

const sourceEnding = /\.(ts|tsx|mts|mjs|cjs|js|jsx)$/;
const skippedFolders = new Set(['node_modules', 'dist', 'coverage', 'test-results', 'playwright-report']);
const sourceFolders = ['shared', 'electron', 'renderer', 'test', 'build'];
const builtins = new Set(builtinModules);

/**
 * What a source text imports, types included: static imports and re-exports, `import()`, `require()` and `import('x')`
 * types. Comments and strings are taken out first, so that talk about imports is no import.
 * @param {string} source
 * @returns {{ specifier: string, line: number }[]}
 */
export function importsOf(source) {
  const found = [];
  const { code, strings } = maskLiterals(source);
  const patterns = [
    /\b(?:import|export)\b[\s\w$*{},:]*?\bfrom\s*"(\d+)"/g,
    /\bimport\s*"(\d+)"/g,
    /\b(?:import|require)\s*\(\s*"(\d+)"/g,
  ];
  for (const pattern of patterns) {
    for (const match of code.matchAll(pattern)) {
      const string = strings[Number(match[1])];
      found.push({ specifier: string.text, line: string.line });
    }
  }
  return found;
}

/** Replaces comments by a blank and each quoted string by its index in quotes. Template strings become blanks. */
function maskLiterals(source) {
  const strings = [];
  const literal = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g;
  const lineOf = lineCounter(source);
  const code = source.replace(literal, (text, offset) => {
    if (text[0] !== "'" && text[0] !== '"') return ' ';
    strings.push({ text: text.slice(1, -1), line: lineOf(offset) });
    return `"${strings.length - 1}"`;
  });
  return { code, strings };
}

function lineCounter(source) {
  let line = 1;
  let seen = 0;
  return (offset) => {
    for (; seen < offset; seen++) if (source.charCodeAt(seen) === 10) line++;
    return line;
  };
}

/** @param {string} specifier */
function packageOf(specifier) {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

/** What an import names, in the words of the table. */
function targetOf(file, specifier) {
  if (specifier.startsWith('node:')) return 'node:';
  if (specifier.startsWith('.')) {
    const path = normalize(join(dirname(file), specifier.replace(/\?.*$/, '')));
    return path.split(sep).join('/');
  }
  const name = packageOf(specifier);
  return builtins.has(name) ? `node: without its prefix (${name})` : `npm:${name}`;
}

function isAllowed(room, target) {
  if (target === 'node:') return room.may.includes('node:');
  if (target.startsWith('npm:')) {
    return room.may.includes(target) || (room.may.includes('npm:*') && target !== 'npm:electron');
  }
  return target.startsWith(room.path) || room.may.some((prefix) => target.startsWith(prefix));
}

/**
 * @param {Map<string, string>} files  path from the root of the repository, with '/', to source text
 * @param {{ rooms?: import('./importTable.mjs').Room[], exists?: (path: string) => boolean }} [options]
 * @returns {string[]} what is wrong, one sentence each
 */
export function checkImports(files, { rooms = houseRooms, exists = (path) => files.has(path) } = {}) {
  const problems = [];
  const graph = new Map();
  for (const [file, source] of files) {
    const room = rooms.find((candidate) => file.startsWith(candidate.path));
    if (!room && !rootFiles.has(file)) {
      problems.push(`${file}: no room of build/importTable.mjs covers it. Move it, or give the table a row.`);
      continue;
    }
    const edges = [];
    for (const { specifier, line } of importsOf(source)) {
      const target = targetOf(file, specifier);
      if (room && !isAllowed(room, target)) {
        problems.push(`${file}:${line}: ${room.path} may not import ${specifier} (${target})`);
      }
      if (!specifier.startsWith('.')) continue;
      if (exists(target)) edges.push(target);
      else if (!target.startsWith('dist/')) problems.push(`${file}:${line}: ${specifier} does not exist`);
    }
    graph.set(file, edges);
  }
  return [...problems, ...cyclesOf(graph).map((cycle) => `cycle: ${cycle.join(' -> ')}`)];
}

/** Each cycle once, by Tarjan's strongly connected components. */
function cyclesOf(graph) {
  const state = { index: 0, stack: [], indexOf: new Map(), lowOf: new Map(), onStack: new Set(), cycles: [] };
  for (const file of graph.keys()) if (!state.indexOf.has(file)) visit(file, graph, state);
  return state.cycles;
}

function visit(file, graph, state) {
  state.indexOf.set(file, state.index);
  state.lowOf.set(file, state.index++);
  state.stack.push(file);
  state.onStack.add(file);
  for (const next of graph.get(file) ?? []) {
    if (!state.indexOf.has(next)) {
      visit(next, graph, state);
      state.lowOf.set(file, Math.min(state.lowOf.get(file), state.lowOf.get(next)));
    } else if (state.onStack.has(next)) {
      state.lowOf.set(file, Math.min(state.lowOf.get(file), state.indexOf.get(next)));
    }
  }
  if (state.lowOf.get(file) !== state.indexOf.get(file)) return;
  const members = state.stack.splice(state.stack.indexOf(file));
  for (const member of members) state.onStack.delete(member);
  if (members.length > 1 || (graph.get(file) ?? []).includes(file)) state.cycles.push([...members, members[0]]);
}

/** Every source file of the repository. */
export function readSources(root) {
  const files = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) walk(path);
      } else if (sourceEnding.test(entry.name)) {
        files.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
      }
    }
  };
  for (const folder of sourceFolders) walk(join(root, folder));
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.isFile() && sourceEnding.test(entry.name))
      files.set(entry.name, readFileSync(join(root, entry.name), 'utf8'));
  }
  return files;
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const files = readSources(root);
  const problems = checkImports(files, { exists: (path) => isFile(join(root, path)) });
  for (const problem of problems) console.log(problem);
  console.log(`${files.size} files, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
