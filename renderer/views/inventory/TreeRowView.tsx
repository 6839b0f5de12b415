import { memo, type MouseEvent, type ReactNode } from 'react';

import type { Cluster } from '../../../shared/model/cluster.ts';
import { products } from '../../../shared/model/product.ts';
import { useCluster } from '../../state/clusters.ts';
import { count, formatAge, formatCount } from '../../state/format.ts';
import { useGuest, useGuestTaskOf, useIsAsked, useNode } from './rowData.ts';
import type { TreeRow } from '../../state/treeModel.ts';
import { fold, setUi } from '../../state/ui.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import { useNow } from '../../widgets/useNow.ts';
import { guestLook, staleLook } from './guestLook.ts';
import { activateRow } from './rowActions.ts';
import { rowId } from './rowId.ts';
import { paintMark } from '../../widgets/paintMark.ts';
import styles from './Tree.module.css';

interface RowProps {
  readonly row: TreeRow;
  readonly topPx: number;
  readonly isCurrent: boolean;
  readonly onMenu: (event: MouseEvent, key: string) => void;
}

/** How often rows were painted; read by the test that counts what a poll repaints. */
export const paints = { rows: 0 };

const sameRow = (a: RowProps, b: RowProps) =>
  a.topPx === b.topPx &&
  a.isCurrent === b.isCurrent &&
  a.onMenu === b.onMenu &&
  (Object.keys(a.row) as (keyof TreeRow)[]).every((field) => a.row[field] === b.row[field]);

export const TreeRowView = memo(function TreeRowView(props: RowProps) {
  paints.rows++;
  if (props.row.kind === 'guest') return <GuestRow {...props} />;
  if (props.row.kind === 'node') return <NodeRow {...props} />;
  return <ClusterRow {...props} />;
}, sameRow);

/**
 * A row. What stands at its right is drawn from `data-text`: the row's name says it in full sentences already, and what
 * is text of the row has to be part of its name word by word (WCAG 2.5.3).
 */
function Frame(props: RowProps & { name: string; title: string; isOff?: boolean; children: ReactNode }) {
  const { row, topPx, isCurrent, onMenu, name, title, isOff = false, children } = props;
  const kind = { cluster: styles.cluster, node: styles.node, guest: styles.guest }[row.kind];
  return (
    <div
      id={rowId(row.key)}
      data-row={row.key}
      role="treeitem"
      aria-level={row.level}
      aria-setsize={row.setSize}
      aria-posinset={row.position}
      aria-expanded={row.isExpanded}
      aria-selected={isCurrent}
      aria-label={name}
      title={title}
      className={`${styles.row} ${kind} ${isCurrent ? styles.current : ''} ${isOff ? styles.off : ''}`}
      style={{ transform: `translateY(${topPx}px)` }}
      onClick={() => setUi({ treeKey: row.key })}
      onDoubleClick={(event) => activateRow(row, { beside: event.ctrlKey || event.metaKey })}
      onContextMenu={(event) => onMenu(event, row.key)}
    >
      {row.kind !== 'guest' && (
        <span
          className={styles.twist}
          onClick={() => row.isExpanded !== undefined && fold(row.key, row.isExpanded)}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          {row.isExpanded !== undefined && <Icon name={row.isExpanded ? 'down' : 'right'} size={12} />}
        </span>
      )}
      {children}
    </div>
  );
}

function GuestRow(props: RowProps) {
  const guest = useGuest(props.row.key);
  const task = useGuestTaskOf(guest);
  const isAsked = useIsAsked(guest?.clusterId);
  if (!guest) return null;
  const look = isAsked ? guestLook(guest, task) : staleLook(guest);
  // A row is narrow: what goes on now is said in place of the tag.
  const tag = look.word === undefined ? (guest.isTemplate ? 'template' : guest.tags[0]) : undefined;
  const tags = guest.tags.length > 0 ? `, tagged ${guest.tags.join(' ')}` : '';
  const name = `${guest.name} ${guest.vmid}, ${look.said}`;
  return (
    <Frame {...props} name={name} title={`${name}${tags}`} isOff={look.isOff}>
      <Icon name={guest.type === 'qemu' ? 'vm' : 'container'} size={14} className={styles.type ?? ''} />
      <span className={`${styles.name} cut`}>{guest.name}</span> <span className={styles.id}>{guest.vmid}</span>
      <span className={styles.tags}>{tag && <span className={styles.tag} data-text={tag} />}</span>
      {look.word !== undefined && (
        <span className={`${styles.word} ${look.color}`} data-text={look.word}>
          {look.fraction !== undefined && <Bar fraction={look.fraction} color="info" widthPx={28} />}
        </span>
      )}
      <Icon name={look.icon} size={12} className={look.color} />
    </Frame>
  );
}

function NodeRow(props: RowProps) {
  const node = useNode(props.row.key);
  const isAsked = useIsAsked(node?.clusterId);
  if (!node) return null;
  const isOff = node.state !== 'online';
  const said = node.state === 'unknown' || !isAsked ? 'state unknown' : node.state;
  const name = `${node.name}, ${said}, ${count(props.row.guests, 'guest')}`;
  return (
    <Frame {...props} name={name} title={`${name}${loadOf(node)}`} isOff={isOff}>
      <Icon name="node" size={14} className={styles.type ?? ''} />
      <span key={isAsked ? 'now' : 'before'} className={`${styles.name} cut`} {...(isAsked && paintMark('nodes'))}>
        {node.name}
      </span>
      <span className="grow" />
      <span className={styles.meta} data-text={isOff ? said : formatCount(props.row.guests)} />
      {isOff && <Icon name="alert" size={12} className="warn" />}
    </Frame>
  );
}

function loadOf(node: { readonly cpu?: number | undefined; readonly maxCpu?: number | undefined }): string {
  return node.cpu === undefined ? '' : `, processors ${Math.round(node.cpu * 100)} % busy`;
}

function ClusterRow(props: RowProps) {
  const cluster = useCluster(props.row.key);
  const isSilent = cluster?.state === 'unreachable';
  const now = useNow(1_000, isSilent);
  if (!cluster) return null;
  const { nodes, guests } = props.row;
  const state = clusterLook(cluster, now);
  const kind = productLook[cluster.product];
  const size = nodes > 0 ? `${count(nodes, 'node')} · ${formatCount(guests)}` : (kind.word ?? '');
  const what = kind.said ?? `${count(nodes, 'node')}, ${count(guests, 'guest')}`;
  const name = `${cluster.name}, ${[kind.said, state?.said].filter(Boolean).join(', ') || what}`;
  return (
    <Frame {...props} name={name} title={`${name}, ${cluster.address}`} isOff={cluster.state !== 'signed-in'}>
      <Icon name={kind.icon} size={14} className={styles.type ?? ''} />
      <span className={`${styles.name} cut`} {...paintMark('usable')}>
        {cluster.name}
      </span>
      <span className="grow" />
      <span className={`${styles.meta} ${state?.isWarning ? 'warn' : ''}`} data-text={state?.said ?? size} />
      {state && (
        <Icon name={state.icon} size={12} className={state.isWarning ? 'warn' : 'dim'} spin={state.icon === 'ring'} />
      )}
    </Frame>
  );
}

/** Servers without nodes and guests of their own say what they are instead. */
const productLook = {
  pve: { icon: 'cluster', word: undefined, said: undefined },
  pbs: { icon: 'box', word: 'backup', said: products.pbs.label },
  pdm: { icon: 'tree', word: 'datacenter', said: products.pdm.label },
} as const;

function clusterLook(cluster: Cluster, now: number) {
  switch (cluster.state) {
    case 'signed-in':
      return cluster.through === undefined
        ? undefined
        : ({ said: `through ${cluster.through}`, icon: 'moves', isWarning: false } as const);
    case 'connecting':
      return { said: 'connecting', icon: 'ring', isWarning: false } as const;
    case 'signed-out':
      return { said: 'signed out', icon: 'lock', isWarning: false } as const;
    case 'certificate-changed':
      return { said: 'certificate changed', icon: 'alert', isWarning: true } as const;
    case 'unreachable': {
      const since = cluster.lastAnswerAtMs;
      const said = since === undefined ? 'no answer' : `no answer for ${formatAge(now - since)}`;
      return { said, icon: 'alert', isWarning: true } as const;
    }
  }
}
