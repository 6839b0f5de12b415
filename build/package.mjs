// `npm run package -- --linux deb rpm tar.gz [--arch x64]`, `--win nsis portable`, `--mac dmg zip`, `--dir`: packages
// into out/. Without a platform it is this one's, without targets all of them that its configuration names.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { findElectronRuntime, sharedTools } from './electronRuntime.mjs';
import { makeStandIn } from './packaging/standIns.mjs';
import { maps, root } from './paths.mjs';

const out = join(root, 'out');
const standInOut = join(out, 'stand-in');
const say = (line) => process.stderr.write(`${line}\n`);
const helpText = `npm run package -- [--linux|--win|--mac] [TARGET ...] [--dir] [--arch x64|arm64|universal]

Targets: AppImage deb rpm tar.gz (Linux), nsis portable (Windows), dmg zip (macOS); all of the platform's without one.
  --dir            the unpacked app only
  --stand-in       with --dir: empty programs in place of Electron's, to see what the configuration makes; in
                   out/stand-in/PLATFORM
  --quick          weaker compression, in a tenth of the time
  --offline-bundle one archive with the packages, checksums, a list of parts, a policy and how to roll out
  --arch A         x64, arm64, or universal (macOS); this machine's without it
`;

const targetsOf = {
  linux: ['AppImage', 'deb', 'rpm', 'tar.gz'],
  win: ['nsis', 'portable'],
  mac: ['dmg', 'zip'],
};

/** @returns what to build, or a sentence that says what is wrong. */
function readArguments(args) {
  const flags = { linux: {}, win: {}, mac: {}, dir: {}, quick: {}, 'stand-in': {}, 'offline-bundle': {}, help: {} };
  const options = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'boolean', default: false }]));
  options.arch = { type: 'string', multiple: true };
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    return { problem: error.message };
  }
  const { values, positionals } = parsed;
  if (values.help) return { isHelp: true };
  const named = Object.keys(targetsOf).filter((name) => values[name]);
  if (named.length > 1) return { problem: 'One platform at a time.' };
  const own = { linux: 'linux', darwin: 'mac', win32: 'win' }[process.platform];
  const platform = named[0] ?? own;
  const unknown = positionals.find((target) => !targetsOf[platform].includes(target));
  if (unknown !== undefined) {
    return { problem: `${unknown} is no target of ${platform}: choose ${targetsOf[platform].join(', ')}.` };
  }
  if (values['stand-in'] && !values.dir) return { problem: '--stand-in makes nothing that runs: it goes with --dir.' };
  const archs = values.arch ?? [platform === 'mac' ? 'universal' : process.arch];
  const isBundle = values['offline-bundle'];
  if (isBundle && values.dir) return { problem: 'An offline bundle is made of packages: leave --dir out.' };
  const targets = positionals.length > 0 ? positionals : targetsOf[platform];
  return {
    platform,
    targets: values.dir ? ['dir'] : targets,
    archs,
    isQuick: values.quick,
    isBundle,
    isStandIn: values['stand-in'],
  };
}

/** What electron-builder takes from the environment, from the stand-ins where this machine has nothing better. */
function prepareEnvironment() {
  const fpm = join(sharedTools, 'fpm');
  if (!process.env.CUSTOM_FPM_PATH && existsSync(fpm)) process.env.CUSTOM_FPM_PATH = fpm;
  if (!process.env.ELECTRON_BUILDER_7ZIP_PATH && existsSync('/usr/bin/7za')) {
    process.env.ELECTRON_BUILDER_7ZIP_PATH = '/usr/bin/7za';
  }
}

function sayHowItIsSigned(platform, env = process.env) {
  const isSigned = { linux: true, win: env.AZURE_SIGN_ACCOUNT || env.WIN_CSC_LINK || env.CSC_LINK, mac: env.CSC_LINK };
  if (!isSigned[platform]) say('Not signed: no key was named in the environment.');
}

/** Where only the tests' Electron is here, it is packed, loudly; only for this platform does it run at all. */
function chooseElectron(platform, isStandIn) {
  const own = { linux: 'linux', darwin: 'mac', win32: 'win' }[process.platform];
  if (isStandIn) {
    const folder = join(standInOut, platform, 'electron');
    makeStandIn(platform, folder);
    return folder;
  }
  if (platform !== own) return undefined;
  const { folder, isForTests } = findElectronRuntime();
  if (isForTests) say(`For tests only, never to be given to anybody: packed with the Electron of ${folder}.`);
  return folder;
}

/** For whoever reads the stack traces of this version; no package holds them. */
function packMaps() {
  const version = process.env.SLUICE_VERSION ?? JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  const path = join(out, `sluice-${version}-source-maps.tar.gz`);
  const made = spawnSync('tar', ['-czf', path, '-C', maps, '.'], { stdio: ['ignore', 2, 2] });
  if (made.status !== 0) throw new Error('The source maps could not be packed: is there a tar?');
  return path;
}

async function packageApp({ platform, targets, archs, isQuick, isBundle, isStandIn }) {
  const built = spawnSync(process.execPath, [join(root, 'build/build.mjs'), '--if-stale'], { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) return 1;
  prepareEnvironment();
  sayHowItIsSigned(platform);
  const [{ Arch, build, Platform }, { builderConfig }, { stageApp }, { signUpdates }] = await Promise.all([
    import('electron-builder'),
    import('./packaging/builderConfig.mjs'),
    import('./packaging/stageApp.mjs'),
    import('./packaging/signUpdates.mjs'),
  ]);
  const outDir = isStandIn ? join(standInOut, platform) : out;
  if (isStandIn) rmSync(outDir, { recursive: true, force: true });
  const appDir = join(outDir, 'app');
  stageApp(appDir);
  const electronDist = chooseElectron(platform, isStandIn);
  const options = { appDir, outDir, isQuick, ...(electronDist === undefined ? {} : { electronDist }) };
  const which = { linux: Platform.LINUX, win: Platform.WINDOWS, mac: Platform.MAC }[platform];
  const startedAtMs = Date.now();
  const files = await build({
    projectDir: root,
    targets: which.createTarget(targets, ...archs.map((arch) => Arch[arch])),
    config: builderConfig(options),
    publish: 'never',
  });
  if (isStandIn) return 0;
  const feed = readdirSync(out)
    .filter((name) => /^latest[\w-]*\.yml$|\.blockmap$/.test(name) && statSync(join(out, name)).mtimeMs >= startedAtMs)
    .map((name) => join(out, name));
  const descriptions = feed.filter((file) => file.endsWith('.yml'));
  if (descriptions.length > 0 && signUpdates(descriptions) === 0) say('Updates are not signed: no key was named.');
  files.push(...descriptions);
  if (isBundle) files.push(await makeBundle({ files, feed, platform, appDir }));
  files.push(packMaps());
  for (const file of files) say(file);
  return 0;
}

async function makeBundle({ files, feed, platform, appDir }) {
  const { makeOfflineBundle } = await import('./packaging/offlineBundle.mjs');
  const { version } = JSON.parse(readFileSync(join(appDir, 'package.json'), 'utf8'));
  return await makeOfflineBundle({ outDir: out, files, feed, platform, version });
}

const wanted = readArguments(process.argv.slice(2));
if (wanted.isHelp) process.stdout.write(helpText);
else if (wanted.problem) say(wanted.problem);
process.exitCode = wanted.isHelp ? 0 : wanted.problem ? 2 : await packageApp(wanted);
