import type { ViewerProtocol } from '../../../shared/model/viewer.ts';

export const viewerWords: Record<ViewerProtocol, string> = { spice: 'SPICE', vnc: 'VNC' };

export interface InstallAdvice {
  readonly name: string;
  readonly about: string;
  readonly steps: readonly (readonly [where: string, how: string])[];
}

type System = 'linux' | 'darwin' | 'win32';

const spiceAbout = 'Screen, sound, clipboard and USB devices of guests with a SPICE display.';
const vncAbout = 'The screen of any guest.';

const advice: Record<ViewerProtocol, Record<System, readonly InstallAdvice[]>> = {
  spice: {
    linux: [
      {
        name: 'Remote Viewer',
        about: spiceAbout,
        steps: [
          ['Debian, Ubuntu', 'sudo apt install virt-viewer'],
          ['Fedora', 'sudo dnf install virt-viewer'],
          ['Arch', 'sudo pacman -S virt-viewer'],
          ['openSUSE', 'sudo zypper install virt-viewer'],
        ],
      },
    ],
    darwin: [{ name: 'Remote Viewer', about: spiceAbout, steps: [['Homebrew', 'brew install virt-viewer']] }],
    win32: [
      { name: 'Virt Viewer for Windows', about: spiceAbout, steps: [['Installer', 'virt-manager.org, Download']] },
    ],
  },
  vnc: {
    linux: [
      {
        name: 'TigerVNC Viewer',
        about: vncAbout,
        steps: [
          ['Debian, Ubuntu', 'sudo apt install tigervnc-viewer'],
          ['Fedora', 'sudo dnf install tigervnc'],
          ['Arch', 'sudo pacman -S tigervnc'],
          ['openSUSE', 'sudo zypper install tigervnc'],
        ],
      },
    ],
    darwin: [
      { name: 'TigerVNC Viewer', about: vncAbout, steps: [['Homebrew', 'brew install --cask tigervnc-viewer']] },
    ],
    win32: [{ name: 'TigerVNC Viewer', about: vncAbout, steps: [['winget', 'winget install TigerVNC.TigerVNC']] }],
  },
};

/** What to install on a system, named as Node does; Linux' advice where it is none we know. */
export function installAdvice(protocol: ViewerProtocol, platform: string): readonly InstallAdvice[] {
  const system = platform === 'darwin' || platform === 'win32' ? platform : 'linux';
  return advice[protocol][system];
}
