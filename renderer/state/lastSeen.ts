import * as z from 'zod/mini';

import type { Clock } from '../../shared/base/clock.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import { type Cluster, cluster } from '../../shared/model/cluster.ts';
import { type Guest, guestState, guestType, type Node, nodeState } from '../../shared/model/inventory.ts';
import { type Clusters, useClusters } from './clusters.ts';
import { guestKey, type Inventory, nodeKey, useInventory } from './inventory.ts';
import { readKept, writeKept } from './keep.ts';
import { isSame } from './same.ts';

const NAME = 'seen';
const MOST_GUESTS = 2_000; // 400 KiB of text, read in a few ms; of more only the clusters are kept
const WRITE_AFTER_MS = 2_000; // a poll that changes many rows is written once

const seenCluster = z.pick(cluster, { id: true, name: true, product: true, address: true, user: true, state: true });
/** A node or guest is a text of its own, in lines: hundreds of them are read before the window's first picture. */
const seen = z.object({ clusters: z.array(seenCluster), nodes: z.array(z.string()), guests: z.array(z.string()) });
type Seen = z.infer<typeof seen>;

const nothing: Seen = { clusters: [], nodes: [], guests: [] };

/** What a server told before, and nothing has been asked of since. */
const notAskedYet = (state: Cluster['state']): Cluster['state'] =>
  state === 'signed-in' || state === 'unreachable' ? 'connecting' : state;

/** Fills the tree with what this window showed last, until the engine tells what is so now. */
export function showLastSeen(): void {
  const { clusters, nodes, guests } = readKept(NAME, seen, nothing);
  if (clusters.length === 0) return;
  useClusters.setState({ list: clusters.map((one) => ({ ...one, state: notAskedYet(one.state) })) });
  useInventory.setState(({ shape, marks }) => ({
    nodes: new Map(nodes.flatMap(readNode).map((one) => [nodeKey(one.clusterId, one.name), one])),
    guests: new Map(guests.flatMap(readGuest).map((one) => [guestKey(one.clusterId, one.id), one])),
    shape: shape + 1,
    marks: marks + 1,
  }));
}

/** Keeps what is shown from now on. Nothing of a demo, and of a server that was signed out of no more than its row. */
export function keepSeen(clock: Clock): void {
  let timer: Disposable | undefined;
  const write = () => {
    timer?.dispose();
    timer = undefined;
    if (useClusters.getState().isKnown) writeKept(NAME, seenNow(useClusters.getState(), useInventory.getState()));
  };
  const writeSoon = () => {
    timer ??= clock.timer(WRITE_AFTER_MS, write);
  };
  // Not with every answer of a server, whose time is in the list: nothing of that is kept.
  useClusters.subscribe((now, before) => !isSame(rowsOf(now.list), rowsOf(before.list)) && writeSoon());
  useInventory.subscribe((now, before) => now.marks !== before.marks && writeSoon());
  window.addEventListener('pagehide', write);
}

const ownOnly = (list: readonly Cluster[]) => list.filter(({ isDemo }) => !isDemo);
const rowsOf = (list: readonly Cluster[]) => ownOnly(list).map((one) => z.parse(seenCluster, one));

/** What of both is kept. */
export function seenNow({ list }: Pick<Clusters, 'list'>, inventory: Pick<Inventory, 'nodes' | 'guests'>): Seen {
  const ids = new Set(
    ownOnly(list)
      .filter(({ state }) => state !== 'signed-out')
      .map(({ id }) => id),
  );
  const isOurs = ({ clusterId }: { readonly clusterId: string }) => ids.has(clusterId);
  const guests = [...inventory.guests.values()].filter(isOurs);
  const isMuch = guests.length > MOST_GUESTS;
  return {
    clusters: rowsOf(list),
    nodes: isMuch ? [] : [...inventory.nodes.values()].filter(isOurs).map(nodeText),
    guests: isMuch ? [] : guests.map(guestText),
  };
}

const nodeText = ({ clusterId, name, state, remote = '' }: Node): string => [clusterId, name, state, remote].join('\n');

/** Empty where it is not what we write. */
function readNode(text: string): Node[] {
  const [clusterId, name, state, remote] = text.split('\n');
  if (!clusterId || !name || !isOf(nodeState.options, state)) return [];
  return [{ clusterId, name, state, ...(remote && { remote }) }];
}

function guestText(guest: Guest): string {
  const { clusterId, id, type, vmid, name, node, state, isTemplate, remote = '', tags } = guest;
  return [clusterId, id, type, vmid, name, node, state, isTemplate ? 'template' : '', remote, ...tags].join('\n');
}

/** Empty where it is not what we write. */
function readGuest(text: string): Guest[] {
  const [clusterId, id, type, number, name, node, state, template, remote, ...tags] = text.split('\n');
  const vmid = Number(number);
  if (!clusterId || !id || !node || name === undefined || !Number.isSafeInteger(vmid)) return [];
  if (!isOf(guestType.options, type) || !isOf(guestState.options, state)) return [];
  return [
    {
      clusterId,
      id,
      type,
      vmid,
      name,
      node,
      state,
      isTemplate: template === 'template',
      tags,
      ...(remote && { remote }),
    },
  ];
}

const isOf = <T extends string>(all: readonly T[], word: string | undefined): word is T =>
  (all as readonly (string | undefined)[]).includes(word);
