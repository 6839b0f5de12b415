// Stand-ins for Electron where that of another platform is out of reach: its layout with empty programs, so that one sees
// what the configuration makes of it (names, registrations, resources, fuses). Nothing of it can be started.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** How a new Electron has its fuses: Node's switches on, protections off. One byte each behind mark, version and count. */
const fuseWire = Buffer.concat([
  Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
  Buffer.from([1, 9]),
  Buffer.from('101100011'),
]);

function put(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o755 });
  }
}

const locales = Object.fromEntries(['en-GB', 'en-US', 'de'].map((name) => [`locales/${name}.pak`, '']));

/** A program of Windows without code, which holds resources: names, version, icon, the archive's digest. */
function emptyProgram() {
  // electron-builder's own library for such files.
  const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
  const { NtExecutable, NtExecutableResource, Resource } = createRequire(require.resolve('app-builder-lib'))('resedit');
  const program = NtExecutable.createEmpty(false, false);
  program.setExtraData(fuseWire);
  const resources = NtExecutableResource.from(program);
  const version = Resource.VersionInfo.createEmpty();
  version.setStringValues({ lang: 1033, codepage: 1200 }, { ProductName: 'Electron', FileDescription: 'Electron' });
  version.outputToResourceEntries(resources.entries);
  resources.outputResource(program);
  return Buffer.from(program.generate());
}

function propertyList(entries) {
  const lines = Object.entries(entries).map(([key, value]) => `<key>${key}</key><string>${value}</string>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>${lines.join('')}</dict></plist>\n`;
}

function macApp(name) {
  const info = { CFBundleExecutable: name, CFBundleName: name, CFBundlePackageType: 'APPL' };
  return {
    [`${name}.app/Contents/Info.plist`]: propertyList(info),
    [`${name}.app/Contents/MacOS/${name}`]: '',
  };
}

function macFiles() {
  const frameworks = 'Electron.app/Contents/Frameworks';
  const framework = `${frameworks}/Electron Framework.framework`;
  const helpers = ['', ' (Renderer)', ' (Plugin)', ' (GPU)'].map((kind) => macApp(`Electron Helper${kind}`));
  const inFrameworks = Object.entries(Object.assign({}, ...helpers)).map(([path, text]) => [
    `${frameworks}/${path}`,
    text,
  ]);
  return {
    ...macApp('Electron'),
    ...Object.fromEntries(inFrameworks),
    [`${framework}/Electron Framework`]: fuseWire,
    [`${framework}/Versions/A/Resources/en.lproj/locale.pak`]: '',
    [`${framework}/Versions/A/Resources/de.lproj/locale.pak`]: '',
    'Electron.app/Contents/Resources/electron.icns': '',
    'Electron.app/Contents/Resources/en.lproj/locale.pak': '',
    'Electron.app/Contents/Resources/de.lproj/locale.pak': '',
  };
}

const filesOf = {
  linux: () => ({
    electron: fuseWire,
    'chrome-sandbox': '',
    version: '',
    ...locales,
  }),
  win: () => ({ 'electron.exe': emptyProgram(), version: '', ...locales }),
  mac: macFiles,
};

/** Lays one out in `folder`. `platform`: `linux`, `win` or `mac`. */
export function makeStandIn(platform, folder) {
  put(folder, filesOf[platform]());
}
