import type { HistoryEntry } from '../../../shared/model/history.ts';
import { formatBytes, formatDuration, formatWhen } from '../../state/format.ts';
import { historyWords } from '../../state/taskWords.ts';
import { IconButton } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { copy } from '../copy.ts';
import { LogPane } from './LogPane.tsx';
import { useTaskLog } from './useTaskLog.ts';
import styles from './tasks.module.css';

/** A task of the past, and its log where the server still has it. */
export function HistoryDetails({ entry, onClose }: { entry: HistoryEntry; onClose: () => void }) {
  const { clusterId, upid, user, startedAtMs, endedAtMs, exitText, doneBytes } = entry;
  const { title, place, look } = historyWords(entry);
  const log = useTaskLog(clusterId, upid);
  const facts: [string, string][] = [
    [formatWhen(startedAtMs), 'started'],
    ...(endedAtMs === undefined ? [] : [[formatDuration(endedAtMs - startedAtMs), 'took'] as [string, string]]),
    ...(doneBytes ? [[formatBytes(doneBytes), 'moved'] as [string, string]] : []),
    [user, 'by'],
  ];
  return (
    <aside className={styles.details} aria-label={`Details of ${title}`} data-find="">
      <div className={styles.head}>
        <h2 className="cut" title={place}>
          {title}
        </h2>
        <span className={`${styles.pill} ${look.color}`}>
          <Icon name={look.icon} size={12} />
          {look.word}
        </span>
        <span className="grow" />
        <IconButton icon="copy" label="Copy its UPID" onClick={() => void copy(upid, 'UPID')} />
        <IconButton icon="close" label="Close the details" onClick={onClose} />
      </div>
      <p className="mid">{place}</p>
      <div className={styles.facts}>
        {facts.map(([value, name]) => (
          <div key={name}>
            <b>{value}</b>
            {name}
          </div>
        ))}
      </div>
      {exitText && <p className={look.color}>{exitText}</p>}
      {log ? <LogPane log={log} fileName={title.replace(/\W+/g, '-')} /> : <span className="grow" />}
    </aside>
  );
}
