import { type FormEvent, useId, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import { archiveKind } from '../../../shared/codec/pbs/archiveName.ts';
import type { BackupFile, BackupSnapshot } from '../../../shared/model/backup.ts';
import type { RestoreRequest } from '../../../shared/model/transfer.ts';
import { call } from '../../api/engine.ts';
import { archivesOf, refOf } from '../../state/backups.ts';
import { clusterById } from '../../state/clusters.ts';
import { formatBytes } from '../../state/format.ts';
import { transferKey } from '../../state/monitorItems.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Select } from '../../widgets/Select.tsx';
import { showInMonitor } from '../monitor/taskPlaces.ts';
import { Failure, Steps } from '../start/StartParts.tsx';
import styles from '../start/start.module.css';
import { fileWords, whenOf } from './backupWords.ts';
import { KeyField, noKey, useKeyFile } from './KeyField.tsx';
import { nowhere, PlaceField, whyNoPlace } from './PlaceField.tsx';
import { restoreSteps, type RestoreWay, suggestedName } from './restoreSteps.ts';

const exists: readonly { value: RestoreRequest['ifExists']; label: string }[] = [
  { value: 'ask', label: 'Ask me' },
  { value: 'replace', label: 'Replace it' },
  { value: 'skip', label: 'Leave the new one out' },
];

/** An archive of a backup into a file: what, where, with which key; and what will happen. */
export default function RestoreDialog(props: {
  clusterId: string;
  snapshot: BackupSnapshot;
  archive: string;
  onClose: () => void;
}) {
  const { clusterId, snapshot, onClose } = props;
  const archives = archivesOf(snapshot);
  const [archive, setArchive] = useState(props.archive);
  const [place, setPlace] = useState(nowhere);
  const [ifExists, setIfExists] = useState<RestoreRequest['ifExists']>('ask');
  const [wantedWay, setWay] = useState<RestoreWay>('pieces');
  const [key, setKey] = useState(noKey);
  const [failure, setFailure] = useState<AppError | undefined>(undefined);
  const [isStarting, setStarting] = useState(false);
  const form = useId();
  const keyFile = useKeyFile(key.path, snapshot.keyFingerprint);
  const file = archives.find(({ name }) => name === archive);
  if (!file) return null;
  const isEncrypted = file.crypt === 'encrypt';
  const way = isEncrypted ? 'pieces' : wantedWay;
  const replaces = place.mayReplace ? 'replace' : ifExists;
  const isKeyReady =
    keyFile.known !== undefined && !keyFile.isOther && (!keyFile.known.isLocked || key.password !== '');
  const isReady =
    place.path.trim() !== '' &&
    whyNoPlace(place.path) === undefined &&
    (isEncrypted ? isKeyReady : key.path.trim() === '' || way === 'plain' || isKeyReady);

  const start = async () => {
    setStarting(true);
    setFailure(undefined);
    try {
      const path = place.path.trim();
      const request = { clusterId, snapshot: refOf(snapshot), archive, path, ifExists: replaces };
      const opened = {
        ...(key.path.trim() !== '' && { keyPath: key.path.trim() }),
        ...(key.password !== '' && { keyPassword: key.password }),
      };
      const { transferId } =
        way === 'plain' ? await download(file, request) : await call('transfer.restore', { ...request, ...opened });
      onClose();
      showInMonitor(transferKey(transferId));
    } catch (error) {
      setFailure(AppError.from(error));
      setStarting(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !isStarting) void start();
  };
  const footer = (
    <>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" type="submit" form={form} disabled={!isReady || isStarting}>
        Restore the archive
      </Button>
    </>
  );
  const steps = { way, path: place.path, ifExists: replaces, hasKey: key.path.trim() !== '' };
  const whyNot = whyNoPlace(place.path);
  return (
    <Dialog
      title={`Restore ${snapshot.type}/${snapshot.id} to a file`}
      help={`Made on ${whenOf(snapshot.timeS)}, in ${snapshot.datastore} of ${clusterById(clusterId)?.name ?? ''}.`}
      onClose={onClose}
      footer={footer}
    >
      <form id={form} className={styles.form} onSubmit={submit}>
        <Select
          label="Archive"
          choices={archives.map(({ name, sizeBytes }) => ({
            value: name,
            label: name,
            hint: [fileWords[archiveKind(name)], sizeBytes !== undefined && formatBytes(sizeBytes)]
              .filter(Boolean)
              .join(', '),
          }))}
          value={archive}
          onChange={setArchive}
        />
        <PlaceField
          name={suggestedName(snapshot, archive)}
          place={place}
          onChange={setPlace}
          {...(whyNot === undefined ? {} : { error: whyNot })}
        />
        {file.crypt !== undefined && file.crypt !== 'none' && way === 'pieces' && (
          <KeyField choice={key} onChange={setKey} keyFile={keyFile} isNeeded={isEncrypted} />
        )}
        <div className={styles.pair}>
          <Select
            label="A file that is there already"
            choices={exists}
            value={replaces}
            onChange={setIfExists}
            isOff={place.mayReplace}
          />
          <Select
            label="How it is read"
            choices={[
              { value: 'pieces', label: 'Piece by piece, checked' },
              { value: 'plain', label: 'As one plain download' },
            ]}
            value={way}
            onChange={setWay}
            isOff={isEncrypted}
          />
        </div>
        <Steps steps={restoreSteps(snapshot, file, steps)} />
        <Failure error={failure} />
        <input type="submit" hidden />
      </form>
    </Dialog>
  );
}

type Common = Pick<RestoreRequest, 'clusterId' | 'snapshot' | 'archive' | 'path' | 'ifExists'>;

/** For what stands between and carries no upgraded connection: the server decodes it, over HTTP. */
function download({ name, sizeBytes }: BackupFile, { path, ifExists, ...source }: Common) {
  // Of a blob the list has the size as it is stored, which is not what comes.
  const size = name.endsWith('.blob') ? undefined : sizeBytes;
  return call('transfer.download', {
    source: { kind: 'backup-archive', ...source, isDecoded: true, ...(size !== undefined && { sizeBytes: size }) },
    path,
    ifExists,
  });
}
