import type { Settings } from '../../../shared/model/settings.ts';
import { shell } from '../../link/shell.ts';
import { releaseKeyName, releaseKeys, useSettings } from '../../state/settings.ts';
import { useConnection } from '../../state/connection.ts';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Check, Segments } from '../../widgets/Field.tsx';
import { IconButton } from '../../widgets/Button.tsx';
import { Select } from '../../widgets/Select.tsx';
import { changeSettings as change } from './changeSettings.ts';
import { HeartbeatLine } from './HeartbeatLine.tsx';
import { NoticeLines } from './NoticeLines.tsx';
import { UpdateLines } from './UpdateLines.tsx';
import styles from './SettingsDialog.module.css';

const themes: readonly { value: Settings['theme']; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** What applies at once needs no button. */
export default function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { theme, releaseKey, terminalFontSizePx: px } = useSettings();
  const hello = useConnection((connection) => connection.hello);
  const size = (step: number) => change({ terminalFontSizePx: Math.min(40, Math.max(6, px + step)) });
  return (
    <Dialog title="Settings" help="They apply at once, in every window." onClose={onClose} widthPx={460}>
      <div className={styles.line}>
        <span>Theme</span>
        <Segments label="Theme" choices={themes} value={theme} onChange={(value) => change({ theme: value })} />
      </div>
      <div className={styles.line}>
        <span>
          Terminal text
          <small>Size of letters in shells</small>
        </span>
        <div className={styles.stepper} role="group" aria-label="Terminal text size">
          <IconButton icon="minus" size={14} label="Smaller" disabled={px <= 6} onClick={() => size(-1)} />
          <output>{px} px</output>
          <IconButton icon="plus" size={14} label="Larger" disabled={px >= 40} onClick={() => size(1)} />
        </div>
      </div>
      <div className={styles.line}>
        <span>
          Release key
          <small>Gives the keyboard back to Sluice</small>
        </span>
        <div className={styles.select}>
          <Select
            label="Release key"
            choices={releaseKeys.map((value) => ({ value, label: releaseKeyName(value) }))}
            value={releaseKey}
            onChange={(value) => change({ releaseKey: value })}
          />
        </div>
      </div>
      <AwakeLine />
      <HeartbeatLine />
      <NoticeLines />
      <UpdateLines />
      {hello && <p className="dim">Sluice {hello.version}</p>}
    </Dialog>
  );
}

/** Only where the engine runs on the computer that this window is on. */
function AwakeLine() {
  const { keepsAwake = true } = useSettings();
  const isForced = useConnection(({ hello }) => hello?.forced.includes('keepsAwake') ?? false);
  if (!shell()) return null;
  return (
    <div className={styles.line}>
      <Check
        label="Keep this computer awake while transfers and migrations run"
        isOn={keepsAwake}
        isOff={isForced}
        onChange={(isOn) => change({ keepsAwake: isOn })}
      />
    </div>
  );
}
