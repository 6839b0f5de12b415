/** What is behind a name in a snapshot. */
export type ArchiveKind = 'image' | 'files' | 'catalog' | 'blob' | 'manifest' | 'unknown';

/** The server keeps an index for large archives and the archive itself, as a blob, for small ones (PBS facts 9.5). */
export type StoredAs = 'fixed' | 'dynamic' | 'blob';

export const MANIFEST_NAME = 'index.json.blob';

/** How an archive is stored, by the end of its name. Undefined where the name says nothing. */
export function storedAs(name: string): StoredAs | undefined {
  if (name.endsWith('.fidx')) return 'fixed';
  if (name.endsWith('.didx')) return 'dynamic';
  return name.endsWith('.blob') ? 'blob' : undefined;
}

export function archiveKind(name: string): ArchiveKind {
  if (name === MANIFEST_NAME) return 'manifest';
  if (name.endsWith('.img.fidx')) return 'image';
  if (/\.(pxar|mpxar|ppxar)\.didx$/.test(name)) return 'files';
  if (name.endsWith('.pcat1.didx')) return 'catalog';
  return name.endsWith('.blob') ? 'blob' : 'unknown';
}

/** What a restored archive is called: the name without what only says how the server keeps it. */
export function restoredName(name: string): string {
  return name.replace(/\.(fidx|didx|blob)$/, '');
}

/** `vm/100/2026-03-01T10:15:00Z`, as the server and its own tools write a snapshot. */
export function snapshotName(type: string, id: string, timeS: number): string {
  return `${type}/${id}/${new Date(timeS * 1000).toISOString().replace('.000Z', 'Z')}`;
}

/** Reads that. Undefined where it is none. */
export function parseSnapshotName(text: string): { type: string; id: string; timeS: number } | undefined {
  const [, type, id, time = ''] = /^(vm|ct|host)\/([A-Za-z0-9_][A-Za-z0-9._-]*)\/(\S+)$/.exec(text) ?? [];
  const timeMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time) ? Date.parse(time) : Number.NaN;
  if (type === undefined || id === undefined || Number.isNaN(timeMs)) return undefined;
  return { type, id, timeS: timeMs / 1000 };
}
