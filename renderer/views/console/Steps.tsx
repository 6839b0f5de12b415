import type { ConsoleStatus } from '../../../shared/model/console.ts';
import { useStatusOf } from '../../state/consoleStatus.ts';
import { formatDuration } from '../../state/format.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useNow } from '../../widgets/useNow.ts';
import styles from './StateCard.module.css';

type Step = ConsoleStatus['steps'][number];

const words: Record<
  Step['phase'],
  (names: { cluster: string; node: string }) => readonly [busy: string, done: string]
> = {
  session: ({ cluster }) => [`Checking the session of ${cluster}`, `Session of ${cluster} is valid`],
  ticket: () => ['Asking for a console ticket', 'New console ticket'],
  tunnel: ({ node }) => [`Opening the tunnel to ${node}`, `Tunnel to ${node} is open`],
  handshake: () => ['Greeting the console', 'The console answered'],
  open: () => ['Waiting for the first picture', 'Open'],
};

/** The steps of opening, each with the time it took. */
export function Steps({ channel, clusterName }: { channel: number; clusterName: string }) {
  const status = useStatusOf(channel);
  const isBusy = status?.steps.some((step) => step.tookMs === undefined && !step.error) ?? false;
  const now = useNow(250, isBusy);
  if (!status || status.steps.length === 0) return null;
  const names = { cluster: clusterName, node: status.node };
  return (
    <ul className={styles.steps}>
      {status.steps.map((step) => (
        <StepLine key={step.phase} step={step} names={names} now={now} />
      ))}
    </ul>
  );
}

function StepLine(props: { step: Step; names: { cluster: string; node: string }; now: number }) {
  const { step, names, now } = props;
  const [busy, done] = words[step.phase](names);
  const isDone = step.tookMs !== undefined && !step.error;
  const ms = step.tookMs ?? Math.max(0, now - step.startedAtMs);
  return (
    <li>
      <span className={step.error ? 'bad' : isDone ? 'ok' : 'info'}>
        <Icon name={step.error ? 'fail' : isDone ? 'check' : 'ring'} size={14} spin={!isDone && !step.error} />
      </span>
      {isDone ? done : busy}
      <span>{formatDuration(ms)}</span>
    </li>
  );
}
