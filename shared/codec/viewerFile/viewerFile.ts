import { AppError } from '../../base/errors.ts';
import { formatKeyFile, type KeyFields, parseKeyFile } from './keyFile.ts';

/** Where a viewer connects to, with the words of virt-viewer's connection files. */
export interface ViewerFile {
  readonly type: 'spice' | 'vnc';
  /** A name, an address, or a ticket that only the proxy understands (PVE wire facts 5.1). */
  readonly host: string;
  readonly port?: number | undefined;
  readonly tlsPort?: number | undefined;
  readonly password?: string | undefined;
  /** `http://host:port`: asked for every channel with CONNECT. */
  readonly proxy?: string | undefined;
  /** PEM. */
  readonly caPem?: string | undefined;
  /** What the server's certificate must be for, in place of its name. */
  readonly hostSubject?: string | undefined;
  readonly title?: string | undefined;
  readonly deleteThisFile?: boolean | undefined;
  /** Keys of the viewer's own, such as `Ctrl+Alt+R`. */
  readonly secureAttention?: string | undefined;
  readonly toggleFullscreen?: string | undefined;
  readonly releaseCursor?: string | undefined;
}

const GROUP = 'virt-viewer';

const texts = {
  password: 'password',
  proxy: 'proxy',
  caPem: 'ca',
  hostSubject: 'host-subject',
  title: 'title',
  secureAttention: 'secure-attention',
  toggleFullscreen: 'toggle-fullscreen',
  releaseCursor: 'release-cursor',
} as const;
const ports = { port: 'port', tlsPort: 'tls-port' } as const;

/** Reads a `.vv` file. Names it does not know are left out; throws `invalid` for everything else that is not right. */
export function parseViewerFile(text: string): ViewerFile {
  const fields = parseKeyFile(text, GROUP);
  const type = fields.get('type');
  if (type !== 'spice' && type !== 'vnc') throw wrong('Its type is neither spice nor vnc');
  const host = fields.get('host') ?? '';
  if (host === '') throw wrong('It names no host');
  const file: ViewerFile = { type, host, ...readTexts(fields), ...readPorts(fields), ...readDelete(fields) };
  if (file.port === undefined && file.tlsPort === undefined) throw wrong('It names no port');
  return file;
}

/** Throws `invalid` where a value cannot stand in such a file. */
export function formatViewerFile(file: ViewerFile): string {
  const fields = new Map<string, string>([
    ['type', file.type],
    ['host', file.host],
  ]);
  const put = (name: string, value: string | number | undefined) => value !== undefined && fields.set(name, `${value}`);
  for (const [key, name] of Object.entries(ports)) put(name, file[key as keyof typeof ports]);
  for (const [key, name] of Object.entries(texts)) put(name, file[key as keyof typeof texts]);
  if (file.deleteThisFile !== undefined) put('delete-this-file', file.deleteThisFile ? 1 : 0);
  return formatKeyFile(GROUP, fields);
}

function readTexts(fields: KeyFields): Partial<ViewerFile> {
  const found = Object.entries(texts).map(([key, name]) => [key, fields.get(name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

function readPorts(fields: KeyFields): Partial<ViewerFile> {
  const found = Object.entries(ports).flatMap(([key, name]) => {
    const text = fields.get(name);
    if (text === undefined) return [];
    if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535) throw wrong(`Its ${name} is no port`);
    return [[key, Number(text)] as const];
  });
  return Object.fromEntries(found);
}

function readDelete(fields: KeyFields): Partial<ViewerFile> {
  const text = fields.get('delete-this-file');
  if (text === undefined) return {};
  if (text !== '0' && text !== '1') throw wrong('Its delete-this-file is neither 0 nor 1');
  return { deleteThisFile: text === '1' };
}

function wrong(what: string): AppError {
  return new AppError('invalid', `This connection file cannot be used. ${what}.`);
}
