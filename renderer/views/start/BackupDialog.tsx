import { useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { Guest } from '../../../shared/model/inventory.ts';
import type { BackupMode, BackupOptions, BackupPlan, StorageChoice } from '../../../shared/model/migration.ts';
import { call } from '../../api/engine.ts';
import { formatBytes } from '../../state/format.ts';
import { useGuest } from '../../state/inventory.ts';
import { taskKey } from '../../state/tasks.ts';
import { showStarted } from '../monitor/taskPlaces.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Check, Field, Segments } from '../../widgets/Field.tsx';
import { Select } from '../../widgets/Select.tsx';
import { Asking, Failure, Problems, Steps } from './StartParts.tsx';
import styles from './start.module.css';
import { useAnswer } from './useAnswer.ts';

const modes: readonly { value: BackupMode; label: string }[] = [
  { value: 'snapshot', label: 'Snapshot' },
  { value: 'suspend', label: 'Suspend' },
  { value: 'stop', label: 'Stop' },
];
const compressions = [
  { value: 'zstd', label: 'Zstandard', hint: 'fast and small' },
  { value: 'gzip', label: 'gzip' },
  { value: 'lzo', label: 'LZO' },
  { value: '0', label: 'None' },
] as const;

export default function BackupDialog({ guestKey, onClose }: { guestKey: string; onClose: () => void }) {
  const guest = useGuest(guestKey);
  if (!guest) return null;
  return <Backup guest={guest} onClose={onClose} />;
}

function Backup({ guest, onClose }: { guest: Guest; onClose: () => void }) {
  const { clusterId, id: guestId, name } = guest;
  const { value: options, error, isAsking } = useAnswer('guest.backupOptions', { clusterId, guestId }, hasProblems);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [mode, setMode] = useState<BackupMode>('snapshot');
  const [compress, setCompress] = useState<NonNullable<BackupPlan['compress']>>('zstd');
  const [notes, setNotes] = useState('{{guestname}}');
  const [isProtected, setProtected] = useState(false);
  const [failure, setFailure] = useState<AppError | undefined>(undefined);
  const [isStarting, setStarting] = useState(false);
  const storage = options?.storages.find((one) => one.name === chosen) ?? options?.storages[0];

  const start = async () => {
    if (!storage) return;
    const plan: BackupPlan = {
      ...{ storage: storage.name, mode, isProtected },
      ...(storage.type !== 'pbs' && { compress }),
      ...(notes.trim() !== '' && { notes: notes.trim() }),
    };
    setStarting(true);
    try {
      const { upid } = await call('guest.backup', { clusterId, guestId, plan });
      onClose();
      showStarted(taskKey(clusterId, upid));
    } catch (caught) {
      setFailure(AppError.from(caught));
      setStarting(false);
    }
  };

  const canStart = storage !== undefined && options?.problems.length === 0 && !isStarting;
  const footer = (
    <>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={!canStart} onClick={() => void start()}>
        Back up {name}
      </Button>
    </>
  );
  return (
    <Dialog
      title={`Back up ${name} now`}
      help="Beside the backups that run on their schedule."
      onClose={onClose}
      footer={footer}
    >
      <div className={styles.form}>
        {!options && isAsking && <Asking what={`Asking ${guest.node} where backups can go.`} />}
        <Failure error={error} />
        {options && (
          <>
            <Problems problems={options.problems} />
            {options.storages.length > 0 && (
              <Select
                label="Storage"
                choices={options.storages.map(asChoice)}
                value={storage?.name ?? ''}
                onChange={setChosen}
              />
            )}
            <div className={styles.set} role="group" aria-label="Way of the backup">
              <Segments label="Way" choices={modes} value={mode} onChange={setMode} />
            </div>
            {storage && storage.type !== 'pbs' && (
              <Select label="Compression" choices={compressions} value={compress} onChange={setCompress} />
            )}
            <Field
              label="Notes"
              value={notes}
              maxLength={1024}
              onChange={(event) => setNotes(event.target.value)}
              hint="{{guestname}}, {{vmid}}, {{node}} and {{cluster}} are filled in."
            />
            <Check label="Protect it from being removed" isOn={isProtected} onChange={setProtected} />
            {storage && <Steps steps={backupSteps(guest, storage, mode, isProtected, options.isRunning)} />}
          </>
        )}
        <Failure error={failure} />
      </div>
    </Dialog>
  );
}

const hasProblems = ({ problems }: BackupOptions) => problems.length > 0;

const asChoice = ({ name, type, availableBytes }: StorageChoice) => ({
  value: name,
  label: name,
  hint: availableBytes === undefined ? type : `${formatBytes(availableBytes)} free`,
});

function backupSteps(
  { name, type }: Guest,
  storage: StorageChoice,
  mode: BackupMode,
  isProtected: boolean,
  isRunning: boolean,
): string[] {
  const running: Record<BackupMode, string> = {
    snapshot: `${name} goes on running; what is saved is its state at the start.`,
    suspend:
      type === 'lxc'
        ? `${name} is copied while it runs, then stands still until the rest is copied.`
        : `${name} stands still for a moment at the start, then goes on running.`,
    stop: `${name} is shut down, and started again ${type === 'lxc' ? 'when the backup is done' : 'as soon as the backup has begun'}.`,
  };
  return [
    isRunning ? running[mode] : `${name} is off and stays off.`,
    `The backup is written to ${storage.name}${storage.type === 'pbs' ? ', where only what changed is sent' : ''}.`,
    isProtected ? 'It stays until its protection is taken away.' : 'Older backups go as that storage has set.',
  ];
}
