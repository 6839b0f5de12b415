// The one configuration of all packages. What signs, and where updates come from, is named by the environment; without
// it a package is built unsigned, and without updates.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../paths.mjs';

const here = 'build/packaging';

/** Switched in the binary itself, where nobody who can write a file or set a variable turns them back on. */
export const fuses = {
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
};

const linux = (env) => ({
  target: ['AppImage', 'deb', 'rpm', 'tar.gz'].map((target) => ({ target, arch: ['x64', 'arm64'] })),
  executableName: 'sluice',
  icon: 'build/icons/png',
  category: 'Network',
  synopsis: 'Consoles of Proxmox VE guests',
  description:
    'Opens the screens and terminals of Proxmox VE guests, follows migrations, backups and uploads to their end, and carries bulk streams with bounded memory.',
  maintainer: env.SLUICE_MAINTAINER ?? 'Sluice maintainers <maintainers@localhost>',
  vendor: 'Sluice',
  syncDesktopName: true,
  desktop: { entry: { Keywords: 'proxmox;vnc;spice;console;virtual machine;', StartupNotify: 'true' } },
  extraResources: [{ from: `${here}/bin`, to: 'bin' }],
});

/** electron-builder fills in the words. deb and rpm keep the names that their own tools give. */
const word = (name) => `\${${name}}`;
const fileName = (kind) =>
  `${['sluice', word('version'), ...(kind ? [kind] : []), word('arch')].join('-')}.${word('ext')}`;

const scripts = { afterInstall: `${here}/afterInstall.sh`, afterRemove: `${here}/afterRemove.sh` };

const windows = (env) => ({
  target: [
    { target: 'nsis', arch: ['x64', 'arm64'] },
    { target: 'portable', arch: ['x64', 'arm64'] },
  ],
  icon: 'build/icons/icon.ico',
  extraResources: [{ from: `${here}/bin-windows`, to: 'bin' }],
  ...(env.AZURE_SIGN_ACCOUNT
    ? {
        azureSignOptions: {
          publisherName: env.AZURE_SIGN_PUBLISHER,
          endpoint: env.AZURE_SIGN_ENDPOINT,
          codeSigningAccountName: env.AZURE_SIGN_ACCOUNT,
          certificateProfileName: env.AZURE_SIGN_PROFILE,
        },
      }
    : {}),
});

const mac = (env) => ({
  target: [
    { target: 'dmg', arch: ['universal'] },
    { target: 'zip', arch: ['universal'] }, // updates come from the zip
  ],
  icon: 'build/icons/icon.icns',
  category: 'public.app-category.developer-tools',
  hardenedRuntime: true,
  gatekeeperAssess: false,
  entitlements: `${here}/entitlements.mac.plist`,
  entitlementsInherit: `${here}/entitlements.mac.plist`,
  notarize: env.APPLE_API_KEY !== undefined || env.APPLE_ID !== undefined,
  extraResources: [{ from: `${here}/bin-mac`, to: 'bin' }],
});

/** Electron's own sample app, and the file with its version, which the fetched runtime has and a package should not. */
function removeExtras({ appOutDir, electronPlatformName }) {
  if (electronPlatformName === 'darwin') return;
  for (const name of ['resources/default_app.asar', 'resources/login.html', 'version']) {
    rmSync(join(appOutDir, name), { force: true });
  }
}

/**
 * @param {{ appDir: string, outDir: string, electronDist?: string, env?: NodeJS.ProcessEnv }} options `appDir`: what
 * goes into app.asar, all of it. `electronDist`: an Electron that is here, in place of one that is fetched. `isQuick`:
 * packed in a tenth of the time, and larger.
 */
export function builderConfig({ appDir, outDir, electronDist, isQuick = false, env = process.env }) {
  return {
    appId: 'app.sluice.Sluice',
    productName: 'Sluice',
    copyright: 'Copyright © the Sluice maintainers',
    directories: { app: appDir, output: outDir, buildResources: join(root, here) },
    files: ['**/*', '!**/node_modules{,/**}'], // bundles hold what they need
    asar: true,
    npmRebuild: false, // nothing of node_modules is packed
    electronVersion: env.SLUICE_ELECTRON_VERSION ?? '45.4.1',
    ...(electronDist === undefined ? {} : { electronDist }),
    electronLanguages: ['en-US', 'en'], // the interface is in English; Chromium's own words follow it
    electronFuses: fuses,
    compression: isQuick ? 'store' : 'normal',
    toolsets: { appimage: '1.0.3', nsis: '1.2.1', winCodeSign: '1.1.0' },
    fileAssociations: [
      { ext: 'vv', name: 'Viewer connection file', mimeType: 'application/x-virt-viewer', role: 'Viewer' },
    ],
    protocols: [{ name: 'Sluice console', schemes: ['sluice'], role: 'Viewer' }],
    artifactName: fileName(),
    publish: env.SLUICE_UPDATE_URL ? [{ provider: 'generic', url: env.SLUICE_UPDATE_URL }] : null,
    afterPack: removeExtras,
    linux: linux(env),
    deb: {
      ...scripts,
      packageName: 'sluice',
      artifactName: `sluice_${word('version')}_${word('arch')}.deb`,
      priority: 'optional',
      depends: [
        'libgtk-3-0 | libgtk-3-0t64',
        'libnss3',
        'libgbm1',
        'libasound2 | libasound2t64',
        'libxss1',
        'xdg-utils',
      ],
      recommends: ['libsecret-1-0', 'libnotify4', 'virt-viewer'],
      compression: isQuick ? 'gz' : 'xz',
    },
    rpm: {
      ...scripts,
      packageName: 'sluice',
      artifactName: `sluice-${word('version')}.${word('arch')}.rpm`,
      ...(isQuick ? { compression: 'gzip' } : {}),
      depends: ['gtk3', 'nss', 'mesa-libgbm', '(alsa-lib or libasound2)', 'libXScrnSaver', 'xdg-utils'],
    },
    win: windows(env),
    nsis: {
      oneClick: false,
      perMachine: false, // for this user and without an administrator, unless they choose otherwise
      allowElevation: true,
      allowToChangeInstallationDirectory: true,
      selectPerMachineByDefault: false,
      deleteAppDataOnUninstall: false,
      include: `${here}/installer.nsh`,
      artifactName: fileName('setup'),
    },
    portable: { artifactName: fileName('portable') },
    mac: mac(env),
    dmg: { sign: false },
  };
}
