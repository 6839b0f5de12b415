import type { ViewerProtocol } from '../../../shared/model/viewer.ts';

/**
 * How a viewer is told where to go. Secrets are never arguments: everybody on the machine can read those.
 * `vv`: a connection file, on standard input where it reads that. `password-file`: the address as arguments, the
 * password in a file. `bare`: it can be given no password, so it gets a door that only programs of this user pass.
 */
export type Handover =
  | { readonly kind: 'vv'; readonly takesStdin: boolean }
  | { readonly kind: 'password-file'; readonly args: (port: number, file: string) => readonly string[] }
  | { readonly kind: 'bare'; readonly args: (port: number) => readonly string[] };

export interface ViewerProgram {
  readonly id: string;
  readonly name: string;
  readonly opens: readonly ViewerProtocol[];
  readonly handover: Handover;
  /** Its process hands over to another one and ends at once. */
  readonly isLauncher?: boolean;
  /** File names on the path, or absolute paths, by platform. One `*` stands for any folder name. */
  readonly places: Readonly<Record<string, readonly string[]>>;
  /**
   * Several viewers are called `vncviewer`. This part of the real path behind it tells them apart; without, any counts.
   */
  readonly realPath?: RegExp;
}

const passwd = (port: number, file: string) => ['-passwd', file, `127.0.0.1::${port}`];
const address = (port: number) => [`127.0.0.1::${port}`];
const url = (port: number) => `vnc://127.0.0.1:${port}`;
const remoteViewer = { id: 'remote-viewer', name: 'Remote Viewer', opens: ['spice', 'vnc'] } as const;
const programFiles = (path: string) => [`%ProgramFiles%\\${path}`, `%ProgramFiles(x86)%\\${path}`];

/** The viewers we know how to start, the better ones first. */
export const viewerCatalog: readonly ViewerProgram[] = [
  {
    id: 'tigervnc',
    name: 'TigerVNC Viewer',
    opens: ['vnc'],
    handover: { kind: 'password-file', args: passwd },
    places: {
      linux: ['xtigervncviewer', 'vncviewer'],
      darwin: [
        '/Applications/TigerVNC.app/Contents/MacOS/TigerVNC',
        '/Applications/TigerVNC Viewer*.app/Contents/MacOS/TigerVNC Viewer',
      ],
      win32: programFiles('TigerVNC\\vncviewer.exe'),
    },
    realPath: /tigervnc/i,
  },
  {
    id: 'turbovnc',
    name: 'TurboVNC Viewer',
    opens: ['vnc'],
    handover: { kind: 'password-file', args: (port, file) => ['-passwordfile', file, ...address(port)] },
    places: { linux: ['/opt/TurboVNC/bin/vncviewer'], darwin: ['/opt/TurboVNC/bin/vncviewer'] },
  },
  {
    id: 'tightvnc',
    name: 'TightVNC Viewer',
    opens: ['vnc'],
    handover: { kind: 'password-file', args: passwd },
    places: { linux: ['xtightvncviewer', 'vncviewer'] },
    realPath: /tightvnc/i,
  },
  {
    ...remoteViewer,
    handover: { kind: 'vv', takesStdin: true },
    places: {
      linux: ['remote-viewer'],
      darwin: [
        'remote-viewer',
        '/opt/homebrew/bin/remote-viewer',
        '/usr/local/bin/remote-viewer',
        '/Applications/RemoteViewer.app/Contents/MacOS/RemoteViewer',
      ],
    },
  },
  {
    ...remoteViewer,
    handover: { kind: 'vv', takesStdin: false }, // a program with windows has no standard input there
    places: { win32: programFiles('VirtViewer*\\bin\\remote-viewer.exe') },
  },
  {
    id: 'realvnc',
    name: 'RealVNC Viewer',
    opens: ['vnc'],
    handover: { kind: 'bare', args: address },
    places: {
      linux: ['realvnc-vnc-viewer', 'vncviewer'],
      darwin: ['/Applications/VNC Viewer.app/Contents/MacOS/vncviewer'],
      win32: programFiles('RealVNC\\VNC Viewer\\vncviewer.exe'),
    },
    realPath: /^(?!.*(tigervnc|tightvnc|turbovnc)).*$/i,
  },
  {
    id: 'tightvnc-windows',
    name: 'TightVNC Viewer',
    opens: ['vnc'],
    handover: { kind: 'bare', args: address },
    places: { win32: programFiles('TightVNC\\tvnviewer.exe') },
  },
  {
    id: 'gvncviewer',
    name: 'GVncViewer',
    opens: ['vnc'],
    handover: { kind: 'bare', args: (port) => [`127.0.0.1:${port - 5900}`] },
    places: { linux: ['gvncviewer'] },
  },
  {
    id: 'remmina',
    name: 'Remmina',
    opens: ['vnc'],
    handover: { kind: 'bare', args: (port) => ['-c', url(port)] },
    isLauncher: true,
    places: { linux: ['remmina'] },
  },
  {
    id: 'screen-sharing',
    name: 'Screen Sharing',
    opens: ['vnc'],
    handover: { kind: 'bare', args: (port) => [url(port)] },
    isLauncher: true,
    places: { darwin: ['/usr/bin/open'] },
  },
];
