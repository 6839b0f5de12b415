import { type UpdateChoice, usualUpdates } from '../../../shared/model/settings.ts';
import type { UpdateAction, UpdateState } from '../../../shared/wire/shellUpdate.ts';
import { shell } from '../../link/shell.ts';
import { formatRate } from '../../state/format.ts';
import { useConnection } from '../../state/connection.ts';
import { useSettings } from '../../state/settings.ts';
import { updateWords, useUpdates } from '../../state/updates.ts';
import { Button } from '../../widgets/Button.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import { Select } from '../../widgets/Select.tsx';
import { changeSettings } from './changeSettings.ts';
import styles from './SettingsDialog.module.css';

const choices: readonly { value: UpdateChoice; label: string }[] = [
  { value: 'install', label: 'Install when I quit' },
  { value: 'tell', label: 'Only tell me' },
  { value: 'off', label: 'Do not look' },
];
const choicesElsewhere = choices.filter(({ value }) => value !== 'install');

/** New versions of the program: what is to be done with them, and how far one is. Nothing in a browser. */
export function UpdateLines() {
  const update = useUpdates((updates) => updates.update);
  const { updates = usualUpdates } = useSettings();
  const isForced = useConnection(({ hello }) => hello?.forced.includes('updates') ?? false);
  if (!update) return null;
  const isOurs = update.installs === 'self';
  const shown = !isOurs && updates === 'install' ? 'tell' : updates;
  return (
    <fieldset className={styles.notices}>
      <legend>New versions of Sluice</legend>
      {update.phase.kind !== 'off' && (
        <div className={styles.line}>
          <span>
            When there is one
            {isForced && <small>Decided by this computer’s administrator</small>}
          </span>
          <div className={styles.select}>
            <Select
              label="When there is a new version"
              choices={isOurs ? choices : choicesElsewhere}
              value={shown}
              isOff={isForced}
              onChange={(value) => changeSettings({ updates: value })}
            />
          </div>
        </div>
      )}
      <Phase update={update} />
    </fieldset>
  );
}

function Phase({ update }: { update: UpdateState }) {
  const { phase } = update;
  const action = actionOf(update);
  return (
    <div className={styles.update}>
      <p role="status" className={phase.kind === 'refused' || phase.kind === 'failed' ? 'warn' : 'dim'}>
        {updateWords(update)}
      </p>
      {phase.kind === 'downloading' && (
        <div className={styles.download}>
          <Bar fraction={phase.fraction} label={`Download of version ${phase.version}`} />
          <span>{formatRate(phase.bytesPerSecond)}</span>
        </div>
      )}
      {action && (
        <Button isSmall onClick={() => shell()?.update(action.name)}>
          {action.label}
        </Button>
      )}
    </div>
  );
}

function actionOf({ installs, phase }: UpdateState): { name: UpdateAction; label: string } | undefined {
  if (phase.kind === 'off' || phase.kind === 'checking') return undefined;
  if (phase.kind === 'available' && installs === 'self') return { name: 'download', label: 'Download' };
  if (phase.kind === 'downloading') return { name: 'cancel', label: 'Cancel' };
  if (phase.kind === 'ready') return { name: 'install', label: 'Restart and install' };
  return { name: 'check', label: 'Look now' };
}
