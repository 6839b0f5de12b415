import type { Cluster } from '../../shared/model/cluster.ts';
import type { Guest, Node } from '../../shared/model/inventory.ts';
import { guestKey, type Inventory, nodeKey } from './inventory.ts';
import type { TreeFilter } from './ui.ts';
import { naturalOrder } from './naturalOrder.ts';

/** A row of the tree: only what places it. What it shows it looks up itself, so that a poll repaints few rows. */
export interface TreeRow {
  readonly key: string;
  readonly kind: 'cluster' | 'node' | 'guest';
  readonly level: 1 | 2 | 3;
  readonly position: number;
  readonly setSize: number;
  /** Undefined for rows that cannot be opened. */
  readonly isExpanded: boolean | undefined;
  /** Guests below, filtered or not. */
  readonly guests: number;
  readonly nodes: number;
}

export interface TreeQuery {
  readonly filter: TreeFilter;
  readonly text: string;
  readonly folded: ReadonlySet<string>;
  /** Keys of guests with an open console. */
  readonly open: ReadonlySet<string>;
}

export const needsAttention = (guest: Guest) => guest.state === 'paused' || guest.state === 'unknown';

function passes(guest: Guest, key: string, query: TreeQuery, terms: readonly string[]): boolean {
  if (query.filter === 'running' && guest.state !== 'running') return false;
  if (query.filter === 'open' && !query.open.has(key)) return false;
  if (query.filter === 'attention' && !needsAttention(guest)) return false;
  if (terms.length === 0) return true;
  const hay = `${guest.name} ${guest.vmid} ${guest.tags.join(' ')} ${guest.state} ${guest.node}`.toLowerCase();
  return terms.every((term) => hay.includes(term));
}

const keyOf = (guest: Guest) => guestKey(guest.clusterId, guest.id);

function guestsByNode(inventory: Inventory, query: TreeQuery): Map<string, Guest[]> {
  const terms = query.text.toLowerCase().split(/\s+/).filter(Boolean);
  const byNode = new Map<string, Guest[]>();
  for (const [key, guest] of inventory.guests) {
    if (!passes(guest, key, query, terms)) continue;
    const at = nodeKey(guest.clusterId, guest.node);
    const list = byNode.get(at);
    if (list) list.push(guest);
    else byNode.set(at, [guest]);
  }
  for (const list of byNode.values()) list.sort((a, b) => a.vmid - b.vmid);
  return byNode;
}

/** All rows that are visible now, in order. While something is filtered every branch with a match is open. */
export function buildTree(clusters: readonly Cluster[], inventory: Inventory, query: TreeQuery): TreeRow[] {
  const isFiltered = query.filter !== 'all' || query.text.trim() !== '';
  const byNode = guestsByNode(inventory, query);
  const nodesOf = new Map<string, Node[]>();
  for (const node of inventory.nodes.values()) {
    if (isFiltered && !byNode.has(nodeKey(node.clusterId, node.name))) continue;
    const list = nodesOf.get(node.clusterId);
    if (list) list.push(node);
    else nodesOf.set(node.clusterId, [node]);
  }
  const shown = isFiltered ? clusters.filter((cluster) => nodesOf.has(cluster.id)) : clusters;
  const rows: TreeRow[] = [];
  for (const [at, cluster] of shown.entries()) {
    const nodes = (nodesOf.get(cluster.id) ?? []).sort((a, b) => naturalOrder(a.name, b.name));
    addCluster(rows, { cluster, nodes, byNode, query, isFiltered, position: at + 1, setSize: shown.length });
  }
  return rows;
}

interface ClusterPart {
  readonly cluster: Cluster;
  readonly nodes: readonly Node[];
  readonly byNode: ReadonlyMap<string, readonly Guest[]>;
  readonly query: TreeQuery;
  readonly isFiltered: boolean;
  readonly position: number;
  readonly setSize: number;
}

function addCluster(rows: TreeRow[], part: ClusterPart): void {
  const { cluster, nodes, byNode, query, isFiltered, position, setSize } = part;
  const guestsOn = (node: Node) => byNode.get(nodeKey(cluster.id, node.name)) ?? [];
  const total = nodes.reduce((sum, node) => sum + guestsOn(node).length, 0);
  const isOpen = (key: string) => isFiltered || !query.folded.has(key);
  const key = cluster.id;
  const isExpanded = nodes.length > 0 ? isOpen(key) : undefined;
  rows.push({ key, kind: 'cluster', level: 1, position, setSize, isExpanded, guests: total, nodes: nodes.length });
  if (!isExpanded) return;
  for (const [at, node] of nodes.entries()) {
    const guests = guestsOn(node);
    const key = nodeKey(cluster.id, node.name);
    const isExpanded = guests.length > 0 ? isOpen(key) : undefined;
    const place = { position: at + 1, setSize: nodes.length, guests: guests.length, nodes: 0 };
    rows.push({ key, kind: 'node', level: 2, isExpanded, ...place });
    if (!isExpanded) continue;
    for (const [at, guest] of guests.entries()) {
      const place = { position: at + 1, setSize: guests.length, guests: 0, nodes: 0 };
      rows.push({ key: keyOf(guest), kind: 'guest', level: 3, isExpanded: undefined, ...place });
    }
  }
}

/** What the keyboard needs to know of a row of any tree. */
export interface TreeStep {
  readonly level: number;
  readonly isExpanded: boolean | undefined;
}

/** The row above a row, one level up. */
export function parentOf(rows: readonly TreeStep[], at: number): number {
  const level = rows[at]?.level ?? 1;
  for (let above = at - 1; above >= 0; above--) if ((rows[above]?.level ?? 1) < level) return above;
  return at;
}
