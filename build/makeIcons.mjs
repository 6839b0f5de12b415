// `node build/makeIcons.mjs`: the icons of the packages from their drawings, kept in the repository so that a build needs
// no drawing program. Needs rsvg-convert, ImageMagick's convert and png2icns (Debian: librsvg2-bin imagemagick icnsutils).
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './paths.mjs';

const icons = join(root, 'build/icons');
const SMALL_PX = 24; // up to here the drawing with whole pixels is the clearer one
const sizesPx = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const icoPx = [16, 24, 32, 48, 64, 128, 256];
const icnsPx = [16, 32, 48, 128, 256, 512, 1024];
const path = (size) => join(icons, 'png', `${size}x${size}.png`);

const run = (command, args) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
const draw = (svg, size, to) => run('rsvg-convert', ['-w', `${size}`, '-h', `${size}`, '-o', to, join(icons, svg)]);

rmSync(join(icons, 'png'), { recursive: true, force: true });
mkdirSync(join(icons, 'png'));
for (const size of sizesPx) draw(size <= SMALL_PX ? 'icon-small.svg' : 'icon.svg', size, path(size));
run('/usr/bin/convert', [...icoPx.map(path), join(icons, 'icon.ico')]);
run('png2icns', [join(icons, 'icon.icns'), ...icnsPx.map(path)]);
draw('tray.svg', 16, join(icons, 'trayTemplate.png'));
draw('tray.svg', 32, join(icons, 'trayTemplate@2x.png'));
const bytes = readFileSync(join(icons, 'icon.ico')).length + readFileSync(join(icons, 'icon.icns')).length;
console.log(`${sizesPx.length} sizes, ico and icns with ${bytes} bytes`);
