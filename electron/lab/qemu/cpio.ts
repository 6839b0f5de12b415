export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'file'; readonly path: string; readonly content: Uint8Array; readonly mode?: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'device'; readonly path: string; readonly major: number; readonly minor: number };

const DIRECTORY = 0o040000;
const FILE = 0o100000;
const LINK = 0o120000;
const CHARACTER_DEVICE = 0o020000;

/** An archive in the "newc" form of cpio, as Linux unpacks it for its first root file system. All belongs to root. */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const members = entries.map((entry, i) => member(entry, i + 1));
  return Buffer.concat([
    ...members,
    member({ kind: 'file', path: 'TRAILER!!!', content: new Uint8Array(0), mode: 0 }, 0),
  ]);
}

function member(entry: CpioEntry, inode: number): Buffer {
  const content = contentOf(entry);
  const name = Buffer.from(`${entry.path}\0`);
  const [major, minor] = entry.kind === 'device' ? [entry.major, entry.minor] : [0, 0];
  const links = entry.kind === 'directory' ? 2 : 1;
  const fields = [inode, modeOf(entry), 0, 0, links, 0, content.length, 0, 0, major, minor, name.length, 0];
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([padded(Buffer.concat([head, name])), padded(content)]);
}

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.content;
  return entry.kind === 'link' ? Buffer.from(entry.target) : new Uint8Array(0);
}

function modeOf(entry: CpioEntry): number {
  if (entry.kind === 'directory') return DIRECTORY | (entry.mode ?? 0o755);
  if (entry.kind === 'file') return entry.path === 'TRAILER!!!' ? 0 : FILE | (entry.mode ?? 0o644);
  return entry.kind === 'link' ? LINK | 0o777 : CHARACTER_DEVICE | 0o600;
}

/** Headers and contents start at multiples of four. */
function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}
