// The folder import table of the design, as data. `importRules.mjs` enforces it.
//
// Every source file belongs to the first room whose `path` is a prefix of its own. `may` names what it may import:
//   'some/folder/' or 'some/file.ts'   of this repository; its own room is always allowed
//   'node:'                            Node's built-in modules
//   'npm:*' or 'npm:name'              packages; `electron` has to be named
// `except` takes prefixes back from a room's `may`.

/** @typedef {{ path: string, may: string[], except?: string[] }} Room */

const engineBase = ['shared/', 'electron/engine/deps.ts', 'electron/engine/store/', 'electron/engine/log/', 'node:'];
const engineFace = ['shared/', 'electron/engine/engine.ts', 'electron/engine/deps.ts', 'node:', 'npm:*'];
const onWire = ['electron/engine/net/', 'electron/engine/api/', ...engineBase];

// `sluice relay` is the engine's byte work without the engine.
const bytesWork = ['electron/engine/net/', 'electron/engine/tunnel/', 'electron/engine/relay/'];

/** @type {Room[]} */
export const rooms = [
  { path: 'shared/base/', may: [] },
  { path: 'shared/flow/', may: ['shared/base/'] },
  { path: 'shared/model/', may: ['shared/base/', 'npm:zod'] },
  { path: 'shared/wire/', may: ['shared/base/', 'shared/flow/', 'shared/model/', 'npm:zod'] },
  { path: 'shared/codec/', may: ['shared/base/', 'shared/model/', 'shared/flow/', 'npm:zod'] },

  { path: 'electron/engine/deps.ts', may: ['shared/base/'] },
  { path: 'electron/engine/store/', may: ['shared/', 'electron/engine/deps.ts', 'node:', 'npm:*'] },
  { path: 'electron/engine/log/', may: ['shared/', 'electron/engine/deps.ts', 'node:', 'npm:*'] },
  { path: 'electron/engine/net/', may: [...engineBase, 'npm:*'] },
  { path: 'electron/engine/api/', may: [...engineBase, 'electron/engine/net/', 'npm:*'] },
  { path: 'electron/engine/session/', may: [...onWire, 'npm:*'] },
  { path: 'electron/engine/inventory/', may: [...onWire, 'electron/engine/session/', 'npm:*'] },
  { path: 'electron/engine/task/', may: [...onWire, 'electron/engine/session/', 'npm:*'] },
  {
    path: 'electron/engine/monitor/',
    may: [...onWire, 'electron/engine/session/', 'electron/engine/inventory/', 'electron/engine/task/', 'npm:*'],
  },
  { path: 'electron/engine/pbs/', may: [...onWire, 'electron/engine/session/', 'npm:*'] },
  { path: 'electron/engine/tunnel/', may: [...onWire, 'electron/engine/session/', 'npm:*'] },
  { path: 'electron/engine/relay/', may: [...onWire, 'electron/engine/session/', 'electron/engine/tunnel/', 'npm:*'] },
  {
    path: 'electron/engine/console/',
    may: [...onWire, 'electron/engine/session/', 'electron/engine/tunnel/', 'electron/engine/relay/', 'npm:*'],
  },
  {
    path: 'electron/engine/viewer/',
    may: [
      ...onWire,
      'electron/engine/session/',
      'electron/engine/tunnel/',
      'electron/engine/relay/',
      'electron/engine/console/',
      'npm:*',
    ],
  },
  {
    path: 'electron/engine/transfer/',
    may: [
      ...onWire,
      'electron/engine/session/',
      'electron/engine/tunnel/',
      'electron/engine/relay/',
      'electron/engine/pbs/',
      'npm:*',
    ],
  },
  {
    path: 'electron/engine/launch/',
    may: [
      ...onWire,
      'electron/engine/session/',
      'electron/engine/relay/',
      'electron/engine/console/',
      'electron/engine/viewer/',
      'npm:*',
    ],
  },
  // What is left of the engine joins the features: engine.ts and its helpers.
  { path: 'electron/engine/', may: ['shared/', 'node:', 'npm:*'] },

  // The one piece of a host that knows the lab: it starts the demo cluster, lazily.
  {
    path: 'electron/hosts/demoCluster.ts',
    may: [...engineFace, 'electron/lab/lab.ts', 'electron/lab/guestBackends.ts', 'electron/lab/pbs/pbsLab.ts'],
  },
  { path: 'electron/hosts/', may: engineFace },
  { path: 'electron/lab/', may: ['shared/', 'node:', 'npm:*'] },
  {
    path: 'electron/cli/',
    may: [
      ...engineFace,
      'electron/hosts/',
      'electron/lab/lab.ts',
      ...bytesWork,
      'electron/engine/pbs/',
      'package.json',
    ],
  },
  {
    path: 'electron/main/update/electronUpdaters.ts',
    may: ['shared/base/', 'electron/main/', 'node:', 'npm:electron', 'npm:electron-updater'],
  },
  {
    path: 'electron/main/',
    may: [
      'shared/base/',
      'shared/wire/',
      'electron/hosts/policyFile.ts',
      'electron/hosts/giveBack.ts',
      'node:',
      'npm:electron',
      'npm:zod',
    ],
  },
  { path: 'electron/preload/', may: ['shared/base/', 'shared/wire/', 'npm:electron'] },

  { path: 'renderer/consoles/', may: ['shared/base/', 'shared/flow/', 'shared/codec/', 'renderer/widgets/', 'npm:*'] },
  { path: 'renderer/widgets/', may: ['shared/', 'renderer/styles/', 'npm:*'] },
  { path: 'renderer/', may: ['shared/', 'npm:*'] },

  { path: 'test/bench/emptyApp/', may: ['npm:electron'] },
  // Tests see everything; what end-to-end tests load of Electron comes through Playwright.
  { path: 'test/', may: ['shared/', 'electron/', 'renderer/', 'build/', 'package.json', 'node:', 'npm:*'] },
  { path: 'build/', may: ['electron/main/update/signedUpdate.ts', 'node:', 'npm:*'] },
];

/** Files at the top of the repository. */
export const rootFiles = new Set(['vitest.config.ts', 'vite.config.ts']);
