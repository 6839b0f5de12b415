import { snapshotName } from '../../shared/codec/pbs/archiveName.ts';
import type { ErrorInfo } from '../../shared/base/errors.ts';
import type {
  BackupDatastore,
  BackupEntry,
  BackupFile,
  BackupGroup,
  BackupSnapshot,
} from '../../shared/model/backup.ts';

/** A thing on a Backup Server, from the server down to a file inside an archive. */
export type BackupNode =
  | { readonly kind: 'server'; readonly clusterId: string }
  | { readonly kind: 'store'; readonly clusterId: string; readonly store: BackupDatastore }
  | { readonly kind: 'namespace'; readonly clusterId: string; readonly datastore: string; readonly namespace: string }
  | {
      readonly kind: 'group';
      readonly clusterId: string;
      readonly datastore: string;
      readonly namespace: string;
      readonly group: BackupGroup;
    }
  | { readonly kind: 'snapshot'; readonly clusterId: string; readonly snapshot: BackupSnapshot }
  | { readonly kind: 'file'; readonly clusterId: string; readonly snapshot: BackupSnapshot; readonly file: BackupFile }
  | {
      readonly kind: 'entry';
      readonly clusterId: string;
      readonly snapshot: BackupSnapshot;
      readonly entry: BackupEntry;
    };
export type NodeOf<K extends BackupNode['kind']> = Extract<BackupNode, { kind: K }>;

/** What is known of what is below a node. */
export interface Below {
  readonly nodes: readonly BackupNode[] | undefined;
  readonly isAsking: boolean;
  readonly error: ErrorInfo | undefined;
}

/** Stands for what is below an open row while there is nothing to show. */
export type BackupNote = 'asking' | 'failed' | 'empty';

export interface BackupRow {
  readonly key: string;
  /** Of a note: the node it is about. */
  readonly node: BackupNode;
  readonly note: BackupNote | undefined;
  readonly level: number;
  readonly position: number;
  readonly setSize: number;
  /** Undefined for rows that cannot be opened. */
  readonly isExpanded: boolean | undefined;
}

const joined = (...parts: readonly (string | number)[]) => parts.map((part) => encodeURIComponent(part)).join('|');

const snapshotKey = (clusterId: string, { datastore, namespace, type, id, timeS }: BackupSnapshot) =>
  joined(clusterId, datastore, namespace, type, id, timeS);

export function backupKey(node: BackupNode): string {
  switch (node.kind) {
    case 'server':
      return joined(node.clusterId);
    case 'store':
      return joined(node.clusterId, node.store.name);
    case 'namespace':
      return joined(node.clusterId, node.datastore, node.namespace, 'ns');
    case 'group':
      return joined(node.clusterId, node.datastore, node.namespace, node.group.type, node.group.id);
    case 'snapshot':
      return snapshotKey(node.clusterId, node.snapshot);
    case 'file':
      return `${snapshotKey(node.clusterId, node.snapshot)}|${joined('file', node.file.name)}`;
    case 'entry':
      return `${snapshotKey(node.clusterId, node.snapshot)}|${joined('entry', node.entry.filepath)}`;
  }
}

/** The server looks into plain archives of files with a catalog, and never into encrypted ones (PBS wire facts 9.6). */
export const canLookInto = ({ name, crypt }: BackupFile) => name.endsWith('.pxar.didx') && crypt !== 'encrypt';

export function canOpen(node: BackupNode): boolean {
  if (node.kind === 'file') return canLookInto(node.file);
  return node.kind === 'entry' ? node.entry.kind === 'folder' : true;
}

export const isEncrypted = ({ files }: BackupSnapshot) => files.some(({ crypt }) => crypt === 'encrypt');

/** As the server calls it, for search and for the clipboard. */
export function nodeName(node: BackupNode): string {
  switch (node.kind) {
    case 'server':
      return node.clusterId;
    case 'store':
      return node.store.name;
    case 'namespace':
      return node.namespace;
    case 'group':
      return `${node.group.type}/${node.group.id}`;
    case 'snapshot':
      return snapshotName(node.snapshot.type, node.snapshot.id, node.snapshot.timeS);
    case 'file':
      return node.file.name;
    case 'entry':
      return node.entry.name;
  }
}

function saidOf(node: BackupNode): string {
  const name = nodeName(node);
  if (node.kind === 'store') return `${name} ${node.store.comment ?? ''} ${node.store.maintenance ?? ''}`;
  if (node.kind === 'group') return `${name} ${node.group.owner ?? ''} ${node.group.comment ?? ''}`;
  if (node.kind !== 'snapshot') return name;
  const { snapshot } = node;
  const words = [snapshot.isProtected && 'protected', isEncrypted(snapshot) && 'encrypted'].filter(Boolean).join(' ');
  const verified = snapshot.verification === undefined ? 'not verified' : `verified ${snapshot.verification}`;
  return `${name} ${snapshot.owner ?? ''} ${snapshot.comment ?? ''} ${words} ${verified}`;
}

export interface BackupQuery {
  readonly below: ReadonlyMap<string, Below>;
  readonly expanded: ReadonlySet<string>;
  readonly text: string;
}

/**
 * All rows that are visible, in order. A search looks through what was opened so far: what fits stays, with what is
 * above and below it.
 */
export function backupRows(servers: readonly NodeOf<'server'>[], query: BackupQuery): BackupRow[] {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: BackupRow[] = [];
  addRows(rows, servers, { ...query, words, level: 1, isInside: words.length === 0 });
  return rows;
}

interface Walk extends BackupQuery {
  readonly words: readonly string[];
  readonly level: number;
  /** Something above fits the search, or there is none. */
  readonly isInside: boolean;
}

function addRows(rows: BackupRow[], nodes: readonly BackupNode[], walk: Walk): void {
  const shown = walk.isInside ? nodes : nodes.filter((node) => fits(node, walk) || hasFitting(node, walk));
  for (const [at, node] of shown.entries()) {
    const key = backupKey(node);
    const isInside = walk.isInside || fits(node, walk);
    // While something is searched, the way to what fits is open.
    const isOpen = walk.expanded.has(key) || (!isInside && hasFitting(node, walk));
    const isExpanded = canOpen(node) ? isOpen : undefined;
    const { level } = walk;
    rows.push({ key, node, note: undefined, level, position: at + 1, setSize: shown.length, isExpanded });
    if (isExpanded === true) addBelow(rows, { key, node }, { ...walk, level: level + 1, isInside });
  }
}

function addBelow(rows: BackupRow[], { key, node }: { key: string; node: BackupNode }, walk: Walk): void {
  const below = walk.below.get(key);
  if (below?.nodes && below.nodes.length > 0) return addRows(rows, below.nodes, walk);
  const note = below?.error ? 'failed' : below?.nodes ? 'empty' : 'asking';
  const place = { level: walk.level, position: 1, setSize: 1, isExpanded: undefined };
  rows.push({ key: `${key}|${note}`, node, note, ...place });
}

const fits = (node: BackupNode, { words }: Walk): boolean => {
  const said = saidOf(node).toLowerCase();
  return words.every((word) => said.includes(word));
};

const hasFitting = (node: BackupNode, walk: Walk): boolean =>
  walk.below.get(backupKey(node))?.nodes?.some((one) => fits(one, walk) || hasFitting(one, walk)) ?? false;
