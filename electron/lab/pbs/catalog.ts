import zlib from 'node:zlib';

import { type Content, streamContent } from './content.ts';
import type { LabSnapshot } from './snapshots.ts';

/** A file or folder of an archive, as the server's catalog lists it (PBS facts 9.6). */
interface LabEntry {
  /** `/root.pxar.didx/etc/hosts`. */
  readonly path: string;
  readonly type: 'd' | 'f' | 'l';
  readonly content?: Content;
}

const textContent = (text: string): Content => {
  const data = Buffer.from(text);
  return { sizeBytes: data.length, ends: [data.length], chunk: () => data };
};

/** What every archive of files of the lab holds. */
function filesOf(archive: string): LabEntry[] {
  const at = (path: string) => `/${archive}${path}`;
  const file = (path: string, content: Content): LabEntry => ({ path: at(path), type: 'f', content });
  const folder = (path: string): LabEntry => ({ path: at(path), type: 'd' });
  return [
    folder('/etc'),
    file('/etc/hostname', textContent('mail\n')),
    file('/etc/hosts', textContent('127.0.0.1 localhost\n10.0.0.7 mail\n')),
    { path: at('/etc/mtab'), type: 'l' },
    folder('/var'),
    folder('/var/lib'),
    file('/var/lib/database.bin', streamContent(`${archive} database`, 5 << 20)),
    folder('/var/log'),
    file('/var/log/mail.log', streamContent(`${archive} log`, 300_000)),
    file('/readme.txt', textContent('Made by the lab.\n')),
  ];
}

const archivesOf = (snapshot: LabSnapshot): string[] =>
  snapshot.archives.map(({ plan }) => plan.name).filter((name) => name.endsWith('.pxar.didx'));

const decode = (filepath: string): string => Buffer.from(filepath, 'base64').toString('utf8');
const encode = (path: string): string => Buffer.from(path).toString('base64');

/** Rows of a folder. `/` and `root` are the archives. Undefined where there is no such folder. */
export function listCatalog(snapshot: LabSnapshot, filepath: string): object[] | undefined {
  const archives = archivesOf(snapshot);
  if (filepath === '/' || filepath === 'root') {
    return archives.map((name) => ({ filepath: encode(`/${name}`), text: name, type: 'd', leaf: false }));
  }
  const path = decode(filepath);
  const entries = archives.flatMap(filesOf);
  const isThere = archives.includes(path.slice(1)) || entries.some((one) => one.path === path && one.type === 'd');
  if (!isThere) return undefined;
  const isChild = (one: LabEntry) => one.path.slice(0, one.path.lastIndexOf('/')) === path;
  return entries.filter(isChild).map((one) => ({
    filepath: encode(one.path),
    text: one.path.slice(one.path.lastIndexOf('/') + 1),
    type: one.type,
    leaf: one.type !== 'd',
    ...(one.content && { size: one.content.sizeBytes, mtime: snapshot.plan.timeS - 3_600 }),
  }));
}

function* piecesOf(content: Content): Generator<Buffer> {
  for (let n = 0; n < content.ends.length; n += 1) yield content.chunk(n);
}

/** A file as it is, a folder as ZIP. Undefined where there is neither. */
export function readEntry(snapshot: LabSnapshot, filepath: string): Iterable<Buffer> | undefined {
  const path = decode(filepath);
  const entries = archivesOf(snapshot).flatMap(filesOf);
  const file = entries.find((one) => one.path === path && one.content);
  if (file?.content) return piecesOf(file.content);
  const below = entries.filter((one) => one.content && one.path.startsWith(`${path}/`));
  return below.length > 0 ? zipOf(below.map((one) => ({ name: one.path.slice(path.length + 1), ...one }))) : undefined;
}

/** Stored, not packed: what a ZIP needs at the least. */
function* zipOf(files: readonly { name: string; content?: Content }[]): Generator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of files) {
    const data = Buffer.concat(content ? [...piecesOf(content)] : []);
    const facts = Buffer.alloc(26); // version to length of the extra field, the same in both headers
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x0800, 2); // names are UTF-8
    facts.writeUInt32LE(zlib.crc32(data), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.from(name)]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, tail, Buffer.from(name)]));
    offset += local.length + data.length;
    yield local;
    yield data;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  yield list;
  yield end;
}
