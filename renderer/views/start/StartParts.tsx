import type { AppError } from '../../../shared/base/errors.ts';
import { Icon } from '../../widgets/Icon.tsx';
import styles from './start.module.css';

/** What stands against it, one line each. */
export function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className={styles.problems} aria-label="What stands against it">
      {problems.map((problem) => (
        <li key={problem}>
          <Icon name="alert" size={14} className="warn" />
          <span>{problem}</span>
        </li>
      ))}
    </ul>
  );
}

/** What will happen, in the order it does. */
export function Steps({ steps }: { steps: readonly string[] }) {
  return (
    <ol className={styles.steps} aria-label="What will happen">
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}

export function Failure({ error }: { error: AppError | undefined }) {
  if (!error) return null;
  return (
    <p className={styles.failure} role="alert">
      <Icon name="fail" size={14} />
      <span>{error.message}</span>
    </p>
  );
}

export function Asking({ what }: { what: string }) {
  return (
    <p className={styles.asking} role="status">
      <Icon name="ring" size={14} spin />
      {what}
    </p>
  );
}
