import type { Task } from '../../../shared/model/task.ts';
import { needsSomeone } from '../../state/tasks.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { taskLook, whyNoEnd } from './taskLook.ts';
import styles from './tasks.module.css';

const listed = (options: readonly string[]) =>
  options.length < 2 ? (options[0] ?? '') : `${options.slice(0, -1).join('; ')}; or ${options.at(-1)}`;

/** `Will not finish.` and why, with what can be done about it. */
export function ForecastWords({ task }: { task: Task }) {
  const forecast = task.progress?.forecast;
  const options = forecast?.options ?? [];
  return (
    <span>
      <strong>{taskLook(task).word}.</strong> {forecast?.sentence ?? whyNoEnd(task)}
      {options.length > 0 && <> Options: {listed(options)}.</>}
    </span>
  );
}

/** What is to be expected of a running task, or how long a guest stood still, where there is something to say. */
export function Forecast({ task }: { task: Task }) {
  const forecast = task.progress?.forecast;
  if (task.state !== 'running' && !forecast?.downtimeMs) return null;
  if (needsSomeone(task)) {
    return (
      <div className={`${styles.forecast} warn`} role="status">
        <Icon name="alert" size={14} className="warn" />
        <span className="mid">
          <ForecastWords task={task} />
        </span>
      </div>
    );
  }
  if (!forecast) return null;
  return (
    <div className={styles.forecast}>
      <Icon name="info" size={14} className="dim" />
      <span>{forecast.sentence}</span>
    </div>
  );
}
