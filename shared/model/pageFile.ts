// Files that only a page can read: how they are named in place of a path, and how their pieces are asked for.

const SCHEME = 'page-file:';
/** A position and a length, big-endian, 64 bits each. */
export const PAGE_FILE_REQUEST_BYTES = 16;

/** Stands where a path of the engine's machine would. */
export const pageFilePath = (fileId: string, name: string) => `${SCHEME}${fileId}/${name}`;

/** Undefined where it is a path. */
export function readPageFilePath(path: string): { fileId: string; name: string } | undefined {
  if (!path.startsWith(SCHEME)) return undefined;
  const at = path.indexOf('/');
  return at < 0 ? undefined : { fileId: path.slice(SCHEME.length, at), name: path.slice(at + 1) };
}

/** What the engine sends to have `bytes` of a file from `position` on. */
export function pageFileRequest(position: number, bytes: number): Uint8Array {
  const request = new Uint8Array(PAGE_FILE_REQUEST_BYTES);
  const view = new DataView(request.buffer);
  view.setBigUint64(0, BigInt(position));
  view.setBigUint64(8, BigInt(bytes));
  return request;
}

/** `request` holds one, whole. */
export function readPageFileRequest(request: Uint8Array): { position: number; bytes: number } {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  return { position: Number(view.getBigUint64(0)), bytes: Number(view.getBigUint64(8)) };
}
