import { useEffect, useRef } from 'react';

import { call } from '../../api/engine.ts';
import { useClusters } from '../../state/clusters.ts';
import { count } from '../../state/format.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import { ToolButton } from '../../widgets/Button.tsx';
import { Segments } from '../../widgets/Field.tsx';
import { MenuButton, type MenuGroup } from '../../widgets/Menu.tsx';
import { SearchField } from '../../widgets/SearchField.tsx';
import { exportHistory } from './exportHistory.ts';
import { goToGrid } from './goToGrid.ts';
import styles from './MonitorBar.module.css';
import type { History, HistoryStates } from './useHistory.ts';
import { ViewSwitch } from './ViewSwitch.tsx';

const choices: readonly { value: HistoryStates; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'ok', label: 'Finished' },
  { value: 'failed', label: 'Failed' },
];

export function HistoryBar({ history }: { history: History }) {
  const { text, states, clusterId, filter, total } = history;
  const list = useClusters((clusters) => clusters.list);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const element = field.current?.closest('[data-find]');
    const find = () => field.current?.select();
    element?.addEventListener('sluice-find', find);
    return () => element?.removeEventListener('sluice-find', find);
  }, []);
  const clusterGroups = (): MenuGroup[] => [
    {
      items: [
        { label: 'All clusters', isOn: clusterId === undefined, run: () => history.setCluster(undefined) },
        ...list.map(({ id, name }) => ({ label: name, isOn: id === clusterId, run: () => history.setCluster(id) })),
      ],
    },
  ];
  const more = (): MenuGroup[] => [
    {
      items: [
        { label: 'Save as CSV', icon: 'file', run: () => exportHistory('csv', filter) },
        { label: 'Save as JSON', icon: 'file', run: () => exportHistory('json', filter) },
      ],
    },
    { items: [{ label: 'Clear the history…', icon: 'trash', isDanger: true, run: () => askClear(history.reload) }] },
  ];
  return (
    <div className={styles.bar} role="toolbar" aria-label="History">
      <ViewSwitch />
      <div className={styles.search}>
        <SearchField
          inputRef={field}
          label="Search the history"
          placeholder="Guest, node, type, person, error"
          value={text}
          onChange={history.setText}
          onKey={goToGrid}
        />
      </div>
      <Segments label="Show" choices={choices} value={states} onChange={history.setStates} />
      <MenuButton
        trigger={
          <ToolButton icon="cluster" hasMenu>
            {list.find(({ id }) => id === clusterId)?.name ?? 'All clusters'}
          </ToolButton>
        }
        groups={clusterGroups}
      />
      <span className="grow dim" role="status">
        {count(total, 'task')}
      </span>
      <MenuButton
        trigger={
          <ToolButton icon="box" hasMenu>
            Save
          </ToolButton>
        }
        groups={more}
        align="end"
      />
    </div>
  );
}

function askClear(reload: () => void): void {
  openDialog({
    kind: 'confirm',
    title: 'Clear the history?',
    text: 'Sluice forgets every task that is over. What the servers remember themselves stays with them.',
    action: 'Clear the history',
    run: () => {
      call('history.clear', {}).then(reload, (error: unknown) => notifyFailure('The history was not cleared.', error));
    },
  });
}
