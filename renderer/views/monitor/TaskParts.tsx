import type { TaskPart, TaskProgress } from '../../../shared/model/task.ts';
import { formatBytes, formatRate } from '../../state/format.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import styles from './tasks.module.css';

/** A part that was sent once and is not in sync was written to meanwhile. How much of it is dirty the log does not say. */
const toSend = (bytes: number) => (bytes > 0 ? `${formatBytes(bytes)} to send` : 'sent, and dirty again');

function whatIsLeft(part: TaskPart): string {
  const rate = part.bytesPerSecond === undefined ? '' : `, ${formatRate(part.bytesPerSecond)}`;
  if (part.totalBytes > 0) return toSend(part.totalBytes - part.doneBytes) + rate;
  return (part.doneBytes > 0 ? `${formatBytes(part.doneBytes)} sent` : 'working') + rate;
}

function fractionOf(part: TaskPart): number | undefined {
  if (part.isReady) return 1;
  if (part.fraction !== undefined) return part.fraction;
  return part.totalBytes > 0 ? Math.min(1, part.doneBytes / part.totalBytes) : undefined;
}

/** The disks and the memory of a migration, each on its own bar. */
export function TaskParts({ parts }: { parts: NonNullable<TaskProgress['parts']> }) {
  return (
    <div className={styles.parts}>
      {parts.map((part) => {
        const fraction = fractionOf(part);
        return (
          <div key={part.name} className={styles.part}>
            <div>
              <span className="cut">
                {part.name}
                {part.totalBytes > 0 && `, ${formatBytes(part.totalBytes)}`}
              </span>
              {part.isReady ? (
                <span className={`${styles.ready} ok`}>
                  <Icon name="check" size={12} />
                  in sync
                </span>
              ) : (
                <span>{whatIsLeft(part)}</span>
              )}
            </div>
            <Bar fraction={fraction} color={part.isReady ? 'ok' : 'accent'} label={`${part.name} copied`} />
          </div>
        );
      })}
    </div>
  );
}
