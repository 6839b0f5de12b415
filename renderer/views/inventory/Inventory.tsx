import { type KeyboardEvent, useMemo, useRef } from 'react';

import { useClusters } from '../../state/clusters.ts';
import { formatCount } from '../../state/format.ts';
import { useConnection } from '../../state/connection.ts';
import { rowKeyOf, useConsoles } from '../../state/consoles.ts';
import { useInventory } from '../../state/inventory.ts';
import { buildTree, needsAttention } from '../../state/treeModel.ts';
import { openDialog, setUi, type TreeFilter, useUi } from '../../state/ui.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Kbd } from '../../widgets/Kbd.tsx';
import { SearchField } from '../../widgets/SearchField.tsx';
import { MenuButton, type MenuGroup } from '../../widgets/Menu.tsx';
import styles from './Inventory.module.css';
import { Tree } from './Tree.tsx';

export function Inventory() {
  const hasClusters = useClusters(({ list }) => list.length > 0);
  const tree = useRef<HTMLDivElement>(null);
  const focusTree = () => tree.current?.focus();
  return (
    <div className={styles.side}>
      <header className={styles.head}>
        <h2>Inventory</h2>
        <IconButton icon="plus" label="Add a cluster" onClick={() => openDialog({ kind: 'sign-in' })} />
        {hasClusters && <TreeMenu />}
      </header>
      {hasClusters ? (
        <>
          <FilterField onLeave={focusTree} />
          <Chips />
          <TreeOrNothing treeRef={tree} />
        </>
      ) : (
        <Blank />
      )}
    </div>
  );
}

function TreeMenu() {
  const foldAll = () => {
    const { nodes } = useInventory.getState();
    setUi({ folded: [...nodes.keys()] });
  };
  const groups = (): MenuGroup[] => [
    {
      items: [
        { label: 'Collapse all nodes', icon: 'fold', run: foldAll },
        { label: 'Expand all', icon: 'tree', run: () => setUi({ folded: [] }) },
      ],
    },
  ];
  return (
    <>
      <IconButton icon="fold" label="Collapse all nodes" onClick={foldAll} />
      <MenuButton trigger={<IconButton icon="more" label="More for the inventory" />} groups={groups} align="end" />
    </>
  );
}

function FilterField({ onLeave }: { onLeave: () => void }) {
  const text = useUi((ui) => ui.filterText);
  const handleKey = (event: KeyboardEvent) => {
    const leaves = event.key === 'ArrowDown' || event.key === 'Enter' || event.key === 'Escape';
    if (leaves) onLeave();
    return leaves;
  };
  return (
    <div className={styles.field}>
      <SearchField
        id="tree-filter"
        label="Filter the inventory"
        placeholder="Name, ID, tag or state"
        value={text}
        onChange={(filterText) => setUi({ filterText })}
        onKey={handleKey}
        clearLabel="Clear the filter"
        emptyStatus={<Kbd keys="Ctrl F" />}
      />
    </div>
  );
}

/** Keys of guests with an open console; a new set only when they change. */
function useOpenKeys(): ReadonlySet<string> {
  const joined = useConsoles(({ byPanel }) => [...byPanel.values()].map(({ target }) => rowKeyOf(target)).join('\n'));
  return useMemo(() => new Set(joined ? joined.split('\n') : []), [joined]);
}

function useCounts() {
  const marks = useInventory((inventory) => inventory.marks);
  // Counted again only when a state, a tag or a row changed, not with every load figure.
  return useMemo(() => {
    void marks;
    let running = 0;
    let attention = 0;
    const { guests } = useInventory.getState();
    for (const guest of guests.values()) {
      if (guest.state === 'running') running++;
      if (needsAttention(guest)) attention++;
    }
    return { all: guests.size, running, attention };
  }, [marks]);
}

function Chips() {
  const filter = useUi((ui) => ui.filter);
  const open = useOpenKeys().size;
  const counts = useCounts();
  const chip = (value: TreeFilter, label: string, n: number) => (
    <button
      type="button"
      aria-pressed={filter === value}
      className={filter === value ? styles.on : ''}
      onClick={() => setUi({ filter: filter === value ? 'all' : value })}
    >
      {label} <span>{formatCount(n)}</span>
    </button>
  );
  return (
    <div className={styles.chips} role="group" aria-label="Show">
      {chip('all', 'All', counts.all)}
      {chip('running', 'Running', counts.running)}
      {chip('open', 'Open', open)}
      <button
        type="button"
        aria-pressed={filter === 'attention'}
        aria-label={`Need attention ${counts.attention}`}
        title="Paused, or nothing is known of them"
        className={filter === 'attention' ? styles.on : ''}
        onClick={() => setUi({ filter: filter === 'attention' ? 'all' : 'attention' })}
      >
        <span className={counts.attention > 0 ? 'warn' : ''}>
          <Icon name="alert" size={12} />
        </span>
        {counts.attention}
      </button>
    </div>
  );
}

function TreeOrNothing({ treeRef }: { treeRef: React.RefObject<HTMLDivElement | null> }) {
  const clusters = useClusters(({ list }) => list);
  const shape = useInventory((inventory) => inventory.shape);
  const marks = useInventory((inventory) => inventory.marks);
  const { filter, filterText: text, folded } = useUi();
  const open = useOpenKeys();
  // Marks matter to the rows only while something is filtered by them.
  const filteredMarks = filter === 'all' && !text ? 0 : marks;
  const rows = useMemo(() => {
    void shape;
    void filteredMarks;
    return buildTree(clusters, useInventory.getState(), { filter, text, folded: new Set(folded), open });
  }, [clusters, shape, filteredMarks, filter, text, folded, open]);
  if (rows.length > 0) return <Tree rows={rows} treeRef={treeRef} />;
  return (
    <div className={styles.blank}>
      <span>No guest matches.</span>
      <Button isSmall onClick={() => setUi({ filter: 'all', filterText: '' })}>
        Show all
      </Button>
    </div>
  );
}

function Blank() {
  const isReady = useConnection((connection) => connection.phase === 'ready');
  return (
    <div className={styles.blank}>
      <Icon name="cluster" size={20} />
      {isReady ? (
        <span>
          Clusters you add appear here,
          <br />
          with their nodes and guests.
        </span>
      ) : (
        <span>Waiting for the engine.</span>
      )}
    </div>
  );
}
