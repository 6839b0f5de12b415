import { useState } from 'react';

import type { Guest } from '../../../shared/model/inventory.ts';
import type { BackedUpFile, GuestBackup } from '../../../shared/model/transfer.ts';
import { formatBytes, formatWhen } from '../../state/format.ts';
import { useInventory } from '../../state/inventory.ts';
import { openDialog } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Select } from '../../widgets/Select.tsx';
import { Asking, Failure } from './StartParts.tsx';
import styles from './start.module.css';
import { useAnswer } from './useAnswer.ts';

const TOP = '/';

/** A folder on the way from the top to where one looks. */
interface Step {
  readonly name: string;
  readonly filepath: string;
}

/** Files and folders out of a guest's backups on a Backup Server, by way of Proxmox VE. */
export default function RestoreFilesDialog({ guestKey, onClose }: { guestKey: string; onClose: () => void }) {
  const guest = useInventory(({ guests }) => guests.get(guestKey));
  if (!guest) return null;
  return <OfGuest guest={guest} onClose={onClose} />;
}

function OfGuest({ guest, onClose }: { guest: Guest; onClose: () => void }) {
  const { clusterId, id: guestId, name } = guest;
  const { value, error, isAsking } = useAnswer('transfer.guestBackups', { clusterId, guestId });
  const [volume, setVolume] = useState<string | undefined>(undefined);
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [picked, setPicked] = useState<BackedUpFile | undefined>(undefined);
  const backups = value?.backups ?? [];
  const backup = backups.find((one) => one.volume === volume) ?? backups[0];
  const goTo = (next: readonly Step[]) => {
    setSteps(next);
    setPicked(undefined);
  };
  const download = () => backup && picked && save(clusterId, backup, picked);
  const footer = (
    <>
      <span className="grow dim">{picked && `${picked.name}${picked.kind === 'folder' ? ', as a ZIP' : ''}`}</span>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={picked === undefined} onClick={download}>
        Download…
      </Button>
    </>
  );
  return (
    <Dialog
      title={`Restore files of ${name}`}
      help="Out of a backup on a Backup Server, to this computer. The guest is not touched."
      onClose={onClose}
      footer={footer}
    >
      <div className={styles.form}>
        {isAsking && !value && <Asking what="Looking for its backups." />}
        <Failure error={error} />
        {value && backups.length === 0 && (
          <p className="warn">
            {name} has no backup on a storage of a Backup Server. Only out of those are files taken.
          </p>
        )}
        {backup && (
          <>
            <Select
              label="Backup"
              choices={backups.map((one) => ({ value: one.volume, label: titleOf(one), hint: hintOf(one) }))}
              value={backup.volume}
              onChange={(next) => {
                setVolume(next);
                goTo([]);
              }}
            />
            <Trail steps={steps} onGo={goTo} />
            <Folder
              key={`${backup.volume} ${steps.length}`}
              clusterId={clusterId}
              backup={backup}
              filepath={steps.at(-1)?.filepath ?? TOP}
              picked={picked}
              onPick={setPicked}
              onOpen={(file) => goTo([...steps, file])}
            />
          </>
        )}
      </div>
    </Dialog>
  );
}

function Trail({ steps, onGo }: { steps: readonly Step[]; onGo: (steps: readonly Step[]) => void }) {
  return (
    <nav className={styles.trail} aria-label="Folder">
      <Button kind="ghost" isSmall disabled={steps.length === 0} onClick={() => onGo([])}>
        Top
      </Button>
      {steps.map(({ name, filepath }, at) => (
        <Button
          key={filepath}
          kind="ghost"
          isSmall
          disabled={at === steps.length - 1}
          onClick={() => onGo(steps.slice(0, at + 1))}
        >
          {name}
        </Button>
      ))}
    </nav>
  );
}

function Folder(props: {
  clusterId: string;
  backup: GuestBackup;
  filepath: string;
  picked: BackedUpFile | undefined;
  onPick: (file: BackedUpFile) => void;
  onOpen: (file: BackedUpFile) => void;
}) {
  const { clusterId, backup, filepath, picked, onPick, onOpen } = props;
  const { node, storage, volume } = backup;
  const params = { clusterId, node, storage, volume, filepath };
  const { value, error, isAsking } = useAnswer('transfer.backedUpFiles', params);
  if (isAsking) return <Asking what="Reading the folder. The server may have to start a machine to look into disks." />;
  if (error || !value) return <Failure error={error} />;
  if (value.files.length === 0) return <p className="dim">This folder is empty.</p>;
  return (
    <fieldset className={styles.set}>
      <legend className={styles.legend}>Files and folders</legend>
      <div className={styles.targets}>
        {value.files.map((file) => (
          <div key={file.filepath} className={styles.entry}>
            <label>
              <input
                type="radio"
                name="backed-up"
                disabled={file.kind === 'other'}
                checked={picked?.filepath === file.filepath}
                onChange={() => onPick(file)}
              />
              <span className={styles.entryName}>
                <Icon name={file.kind === 'folder' ? 'box' : 'file'} size={14} />
                <span className="cut">{file.name}</span>
              </span>
              <span className="mid">{file.sizeBytes === undefined ? '' : formatBytes(file.sizeBytes)}</span>
            </label>
            {file.kind === 'folder' && (
              <Button kind="ghost" isSmall onClick={() => onOpen(file)}>
                Open<span className="sr"> {file.name}</span>
              </Button>
            )}
          </div>
        ))}
        {value.hasMore && <p className="dim">More than these lie here. Take the whole folder.</p>}
      </div>
    </fieldset>
  );
}

const titleOf = ({ atMs, storage }: GuestBackup) => `${formatWhen(atMs)}, ${storage}`;

function hintOf({ sizeBytes, isEncrypted, notes }: GuestBackup): string {
  const size = sizeBytes === undefined ? [] : [formatBytes(sizeBytes)];
  return [...size, ...(isEncrypted ? ['encrypted'] : []), ...(notes === undefined ? [] : [notes])].join(', ');
}

/** Where to is asked next. */
function save(clusterId: string, { node, storage, volume }: GuestBackup, file: BackedUpFile): void {
  const isFolder = file.kind === 'folder';
  openDialog({
    kind: 'save-backup',
    title: `Download ${file.name}`,
    name: isFolder ? `${file.name}.zip` : file.name,
    source: {
      ...{ kind: 'file-restore', clusterId, node, storage, volume, filepath: file.filepath, isFolder },
      ...(!isFolder && file.sizeBytes !== undefined && { sizeBytes: file.sizeBytes }),
    },
  });
}
