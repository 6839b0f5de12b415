import { useState } from 'react';

import { type NoticeSettings, usualNotices } from '../../../shared/model/settings.ts';
import { shell } from '../../link/shell.ts';
import { useClusters } from '../../state/clusters.ts';
import { useSettings } from '../../state/settings.ts';
import { Button } from '../../widgets/Button.tsx';
import { Check } from '../../widgets/Field.tsx';
import { changeSettings } from './changeSettings.ts';
import styles from './SettingsDialog.module.css';

const NIGHT: readonly [number, number] = [22 * 60, 7 * 60];

const clockOf = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

function minuteOf(text: string): number | undefined {
  const [hour, minute] = text.split(':').map(Number);
  return hour === undefined || minute === undefined || Number.isNaN(hour + minute) ? undefined : hour * 60 + minute;
}

/** What the desktop is to tell, when, and of which clusters. */
export function NoticeLines() {
  const notices = useSettings((settings) => settings.notices) ?? usualNotices;
  const clusters = useClusters(({ list }) => list);
  const change = (part: Partial<NoticeSettings>) => changeSettings({ notices: { ...notices, ...part } });
  const { quiet, mutedClusterIds: muted } = notices;
  const mute = (id: string, isShown: boolean) => {
    const others = muted.filter((one) => one !== id);
    change({ mutedClusterIds: isShown ? others : [...others, id] });
  };
  return (
    <fieldset className={styles.notices}>
      <legend>Desktop notifications of tasks</legend>
      <Permission />
      <Check label="When one has finished" isOn={notices.finished} onChange={(finished) => change({ finished })} />
      <Check label="When one has failed" isOn={notices.failed} onChange={(failed) => change({ failed })} />
      <Check
        label="When one stalls or will not finish"
        isOn={notices.needsSomeone}
        onChange={(needsSomeone) => change({ needsSomeone })}
      />
      <div className={styles.quiet}>
        <Check
          label="Not from"
          isOn={quiet !== undefined}
          onChange={(isOn) => change({ quiet: isOn ? [...NIGHT] : undefined })}
        />
        <Time label="Quiet from" minute={quiet?.[0]} onChange={(from) => change({ quiet: [from, quiet?.[1] ?? 0] })} />
        <span>to</span>
        <Time label="Quiet to" minute={quiet?.[1]} onChange={(to) => change({ quiet: [quiet?.[0] ?? 0, to] })} />
      </div>
      {clusters.length > 1 &&
        clusters.map(({ id, name }) => (
          <Check key={id} label={`Of ${name}`} isOn={!muted.includes(id)} onChange={(isOn) => mute(id, isOn)} />
        ))}
    </fieldset>
  );
}

function Time(props: { label: string; minute: number | undefined; onChange: (minute: number) => void }) {
  const { label, minute, onChange } = props;
  return (
    <input
      type="time"
      className={styles.time}
      aria-label={label}
      disabled={minute === undefined}
      value={minute === undefined ? '' : clockOf(minute)}
      onChange={(event) => {
        const next = minuteOf(event.target.value);
        if (next !== undefined) onChange(next);
      }}
    />
  );
}

/** A browser asks the person first, and only after a click. */
function Permission() {
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'denied'));
  if (shell() || permission === 'granted') return null;
  if (permission === 'denied') return <p className="dim">This browser does not let Sluice show notifications.</p>;
  return (
    <div>
      <Button isSmall onClick={() => void Notification.requestPermission().then(setPermission)}>
        Allow notifications
      </Button>
    </div>
  );
}
