import type { RefObject } from 'react';

import { useClusters } from '../../state/clusters.ts';
import { type MonitorShow, setMonitor, type TaskKind, taskKinds, useMonitor } from '../../state/monitor.ts';
import { openDialog } from '../../state/ui.ts';
import { ToolButton } from '../../widgets/Button.tsx';
import { Segments } from '../../widgets/Field.tsx';
import { MenuButton, type MenuGroup } from '../../widgets/Menu.tsx';
import { SearchField } from '../../widgets/SearchField.tsx';
import { goToGrid } from './goToGrid.ts';
import styles from './MonitorBar.module.css';
import { ViewSwitch } from './ViewSwitch.tsx';

const showNames: Record<MonitorShow, string> = {
  all: 'All',
  running: 'Running',
  attention: 'Need someone',
  failed: 'Failed',
};
export const kindNames: Record<TaskKind, string> = {
  migration: 'Migrations',
  backup: 'Backups',
  restore: 'Restores',
  transfer: 'Files',
  disk: 'Disks',
  guest: 'Guests',
  other: 'Others',
};

/** What the monitor shows of all there is. */
export function MonitorBar(props: {
  counts: Readonly<Record<MonitorShow, number>>;
  field: RefObject<HTMLInputElement | null>;
}) {
  const { counts, field } = props;
  const { show, text } = useMonitor();
  const choices = (Object.keys(showNames) as MonitorShow[]).map((value) => ({
    value,
    label: `${showNames[value]} ${counts[value].toLocaleString('en')}`,
  }));
  return (
    <div className={styles.bar} role="toolbar" aria-label="Monitor">
      <ViewSwitch />
      <div className={styles.search}>
        <SearchField
          inputRef={field}
          label="Search the tasks"
          placeholder="Guest, type, person, error"
          value={text}
          onChange={(next) => setMonitor({ text: next })}
          onKey={goToGrid}
        />
      </div>
      <Segments label="Show" choices={choices} value={show} onChange={(value) => setMonitor({ show: value })} />
      <Choices />
      <span className="grow" />
      <StartMenu />
    </div>
  );
}

/** What can be started from here. A guest's own are in its menu. */
function StartMenu() {
  const groups = (): MenuGroup[] => {
    const list = useClusters.getState().list.filter(({ product, state }) => product === 'pve' && state === 'signed-in');
    return [
      {
        items: [
          {
            label: 'Upload files…',
            icon: 'upload',
            isOff: list.length === 0,
            run: () => openDialog({ kind: 'upload' }),
          },
          ...list.map(({ id, name }) => ({
            label: `Migrate guests of ${name}…`,
            icon: 'arrow' as const,
            run: () => openDialog({ kind: 'migrate-many', clusterId: id }),
          })),
        ],
      },
      { items: [{ label: 'Limits…', icon: 'gauge', run: () => openDialog({ kind: 'limits' }) }] },
    ];
  };
  return (
    <MenuButton
      trigger={
        <ToolButton icon="plus" hasMenu>
          Start
        </ToolButton>
      }
      groups={groups}
      align="end"
    />
  );
}

function Choices() {
  const { clusterId, kind, isMine, hasConsoles } = useMonitor();
  const list = useClusters((clusters) => clusters.list);
  const cluster = list.find((one) => one.id === clusterId);
  const clusterGroups = (): MenuGroup[] => [
    {
      items: [
        {
          label: 'All clusters',
          isOn: clusterId === undefined,
          run: () => setMonitor({ clusterId: undefined }),
        },
        ...list.map((one) => ({
          label: one.name,
          isOn: one.id === clusterId,
          run: () => setMonitor({ clusterId: one.id }),
        })),
      ],
    },
  ];
  const kindGroups = (): MenuGroup[] => [
    {
      items: [
        { label: 'All kinds', isOn: kind === undefined, run: () => setMonitor({ kind: undefined }) },
        ...taskKinds.map((one) => ({
          label: kindNames[one],
          isOn: one === kind,
          run: () => setMonitor({ kind: one }),
        })),
      ],
    },
    {
      items: [
        { label: 'Only mine', isOn: isMine, run: () => setMonitor({ isMine: !isMine }) },
        {
          label: 'Those that only carry a console',
          isOn: hasConsoles,
          run: () => setMonitor({ hasConsoles: !hasConsoles }),
        },
      ],
    },
  ];
  const kindWord = `${kind === undefined ? 'All kinds' : kindNames[kind]}${isMine ? ', mine' : ''}`;
  return (
    <>
      <MenuButton
        trigger={
          <ToolButton icon="cluster" hasMenu>
            {clusterId === undefined ? 'All clusters' : (cluster?.name ?? 'Cluster')}
          </ToolButton>
        }
        groups={clusterGroups}
      />
      <MenuButton
        trigger={
          <ToolButton icon="funnel" hasMenu>
            {kindWord}
          </ToolButton>
        }
        groups={kindGroups}
      />
    </>
  );
}
