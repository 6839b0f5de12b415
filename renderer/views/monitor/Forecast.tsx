import type { Task } from '../../../shared/model/task.ts';
import { willNotFinish } from '../../state/tasks.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { whyNoEnd } from './taskLook.ts';
import styles from './tasks.module.css';

/** What is to be expected of a running task, in a plain sentence, where there is something to say. */
export function Forecast({ task }: { task: Task }) {
  if (!willNotFinish(task)) return null;
  return (
    <div className={`${styles.forecast} warn`} role="status">
      <Icon name="alert" size={14} className="warn" />
      <span className="mid">
        <strong>Will not finish:</strong> {whyNoEnd(task)}
      </span>
    </div>
  );
}
