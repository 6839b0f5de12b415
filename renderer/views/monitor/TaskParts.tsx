import type { TaskProgress } from '../../../shared/model/task.ts';
import { formatBytes } from '../../state/format.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import styles from './tasks.module.css';

/** A part that was sent once and is not in sync was written to meanwhile. How much of it is dirty the log does not say. */
const toSend = (bytes: number) => (bytes > 0 ? `${formatBytes(bytes)} to send` : 'sent, and dirty again');

/** The disks and the memory of a migration, each on its own bar. */
export function TaskParts({ parts }: { parts: NonNullable<TaskProgress['parts']> }) {
  return (
    <div className={styles.parts}>
      {parts.map((part) => {
        const fraction = part.totalBytes > 0 ? Math.min(1, part.doneBytes / part.totalBytes) : 1;
        return (
          <div key={part.name} className={styles.part}>
            <div>
              <span className="cut">
                {part.name}, {formatBytes(part.totalBytes)}
              </span>
              {part.isReady ? (
                <span className={`${styles.ready} ok`}>
                  <Icon name="check" size={12} />
                  in sync
                </span>
              ) : (
                <span>{toSend(part.totalBytes - part.doneBytes)}</span>
              )}
            </div>
            <Bar fraction={fraction} color={part.isReady ? 'ok' : 'accent'} label={`${part.name} copied`} />
          </div>
        );
      })}
    </div>
  );
}
