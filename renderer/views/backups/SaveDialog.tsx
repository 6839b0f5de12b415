import { type FormEvent, useId, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { DownloadRequest, DownloadSource } from '../../../shared/model/transfer.ts';
import { call } from '../../api/engine.ts';
import { formatBytes } from '../../state/format.ts';
import { transferKey } from '../../state/monitorItems.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Select } from '../../widgets/Select.tsx';
import { showInMonitor } from '../monitor/taskPlaces.ts';
import { Failure } from '../start/StartParts.tsx';
import styles from '../start/start.module.css';
import { nowhere, PlaceField, whyNoPlace } from './PlaceField.tsx';

type IfExists = DownloadRequest['ifExists'];
const exists: readonly { value: IfExists; label: string }[] = [
  { value: 'ask', label: 'Ask me' },
  { value: 'replace', label: 'Replace it' },
  { value: 'skip', label: 'Leave the new one out' },
];

/** A plain download: where it goes. */
export default function SaveDialog(props: {
  title: string;
  /** What it is called, unless somebody says otherwise. */
  name: string;
  source: DownloadSource;
  onClose: () => void;
}) {
  const { title, name, source, onClose } = props;
  const [place, setPlace] = useState(nowhere);
  const [ifExists, setIfExists] = useState<IfExists>('ask');
  const [failure, setFailure] = useState<AppError | undefined>(undefined);
  const [isStarting, setStarting] = useState(false);
  const form = useId();
  const path = place.path.trim();
  const whyNot = whyNoPlace(path);
  const isReady = path !== '' && whyNot === undefined && !isStarting;
  const replaces = place.mayReplace ? 'replace' : ifExists;
  const start = async () => {
    setStarting(true);
    try {
      const { transferId } = await call('transfer.download', { source, path, ifExists: replaces });
      onClose();
      showInMonitor(transferKey(transferId));
    } catch (error) {
      setFailure(AppError.from(error));
      setStarting(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void start();
  };
  const footer = (
    <>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" type="submit" form={form} disabled={!isReady}>
        Download
      </Button>
    </>
  );
  return (
    <Dialog title={title} help={helpOf(source)} onClose={onClose} footer={footer}>
      <form id={form} className={styles.form} onSubmit={submit}>
        <PlaceField
          name={name}
          place={place}
          onChange={setPlace}
          {...(whyNot === undefined ? {} : { error: whyNot })}
        />
        <Select
          label="A file that is there already"
          choices={exists}
          value={replaces}
          onChange={setIfExists}
          isOff={place.mayReplace}
        />
        <Failure error={failure} />
        <input type="submit" hidden />
      </form>
    </Dialog>
  );
}

function helpOf(source: DownloadSource): string {
  if (source.kind === 'task-log')
    return 'All lines that there are when it is read. A lost connection costs one page of it.';
  const { sizeBytes } = source;
  const size = sizeBytes === undefined ? 'The server does not say how large it is' : formatBytes(sizeBytes);
  return `${size}. It comes as one stream and begins again from the start should it break off.`;
}
