import { join } from 'node:path';

import react from '@vitejs/plugin-react';

import { dist, root } from './paths.mjs';

/** Everything vite prints goes to stderr: stdout belongs to the program that asked for a build. */
const quietLogger = {
  info: () => {},
  warn: (message) => console.error(message),
  warnOnce: (message) => console.error(message),
  error: (message) => console.error(message),
  clearScreen: () => {},
  hasErrorLogged: () => false,
  hasWarned: false,
};

/**
 * Puts all that the page needs before anything is clicked into one file: a browser gives up every request under way
 * when the machine's network changes, and forty small files are forty chances for that.
 */
function firstLoad() {
  let first;
  const collect = (entry, context) => {
    const seen = new Set();
    const queue = [entry];
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      if (seen.has(id)) continue;
      seen.add(id);
      queue.push(...(context.getModuleInfo(id)?.importedIds ?? []));
    }
    return seen;
  };
  return {
    debugName: 'first',
    name(id, context) {
      first ??= collect(join(root, 'renderer', 'index.html'), context);
      return first.has(id) ? 'first' : null;
    },
  };
}

/** How the page is built. It is served from the root of an origin, in a browser and by `app://sluice/` alike. */
export const pageConfig = {
  configFile: false,
  root: join(root, 'renderer'),
  base: '/',
  logLevel: 'warn',
  customLogger: quietLogger,
  plugins: [react()],
  build: {
    outDir: join(dist, 'page'),
    emptyOutDir: true,
    // Chromium 130 is the oldest shell it runs in; light-dark() wants Chrome 123, Firefox 120, Safari 17.5.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // No data: URLs and no inline script, so that the content security policy can stay strict.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    sourcemap: 'hidden',
    // ASCII: a single ’ makes all of a file's text twice as large in memory.
    rolldownOptions: { output: { charset: 'ascii', codeSplitting: { groups: [firstLoad()] } } },
  },
};
