import { useRef, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { UploadFile, UploadRequest, UploadTarget } from '../../../shared/model/transfer.ts';
import { readPageFilePath } from '../../../shared/model/pageFile.ts';
import { call } from '../../api/engine.ts';
import { shell } from '../../link/shell.ts';
import { useClusters } from '../../state/clusters.ts';
import { count, formatBytes } from '../../state/format.ts';
import { openPage } from '../../state/dock.ts';
import { offerFile, withdrawFile } from '../../state/pageFiles.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Check, Field } from '../../widgets/Field.tsx';
import { Select } from '../../widgets/Select.tsx';
import { Asking, Failure } from './StartParts.tsx';
import styles from './start.module.css';
import { useAnswer } from './useAnswer.ts';
import { useUploadFiles } from './useUploadFiles.ts';

type Content = NonNullable<UploadFile['content']>;
const contentNames: Record<Content, string> = {
  iso: 'ISO images',
  vztmpl: 'Container templates',
  import: 'Disk images to import',
};

/** Files of this computer, or the engine's, to a storage of a cluster. */
export default function UploadDialog(props: {
  clusterId?: string;
  node?: string;
  paths?: readonly string[];
  onClose: () => void;
}) {
  const { onClose } = props;
  const clusters = useClusters(({ list }) => list).filter(
    ({ product, state }) => product === 'pve' && state === 'signed-in',
  );
  const [clusterId, setClusterId] = useState(props.clusterId ?? clusters[0]?.id);
  const { files, add, remove, failure, setFailure } = useUploadFiles(props.paths ?? []);
  const [place, setPlace] = useState<string | undefined>(undefined);
  const [content, setContent] = useState<Content>('iso');
  const [hasChecksum, setChecksum] = useState(true);
  const [ifExists, setIfExists] = useState<UploadRequest['ifExists']>('ask');
  const [isStarting, setStarting] = useState(false);
  const { value, error, isAsking } = useAnswer('transfer.targets', clusterId === undefined ? undefined : { clusterId });
  const kinds = new Set(files.map((file) => file.content ?? content));
  const targets = (value?.targets ?? []).filter((target) => [...kinds].every((kind) => target.content.includes(kind)));
  const target =
    targets.find((one) => placeOf(one) === place) ?? targets.find(({ node }) => node === props.node) ?? targets[0];
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const isTooBig = target?.availableBytes !== undefined && bytes > target.availableBytes;

  const close = () => {
    for (const { path } of files) withdrawFile(path);
    onClose();
  };
  const leaveOut = (path: string) => {
    withdrawFile(path);
    remove(path);
  };
  const start = async () => {
    if (clusterId === undefined || !target) return;
    setStarting(true);
    try {
      for (const file of files) {
        await call('transfer.upload', {
          ...{ clusterId, node: target.node, storage: target.storage, content: file.content ?? content },
          ...{ path: file.path, filename: file.filename, ifExists },
          checksum: hasChecksum ? { kind: 'compute', algorithm: 'sha256' } : { kind: 'none' },
        });
        remove(file.path);
      }
      onClose();
      openPage('monitor');
    } catch (caught) {
      setFailure(AppError.from(caught));
      setStarting(false);
    }
  };
  const footer = (
    <>
      <span className="grow dim">{files.length > 0 && `${count(files.length, 'file')}, ${formatBytes(bytes)}`}</span>
      <Button onClick={close}>Cancel</Button>
      <Button kind="primary" disabled={files.length === 0 || !target || isStarting} onClick={() => void start()}>
        Upload
      </Button>
    </>
  );
  return (
    <Dialog
      title="Upload files"
      help="ISO images, container templates and disk images, to a storage of a cluster."
      onClose={close}
      footer={footer}
    >
      <div className={styles.form}>
        <PickFiles onPaths={add} />
        {files.length > 0 && (
          <ul className={styles.files} aria-label="Files">
            {files.map((file) => (
              <li key={file.path}>
                <span className="grow cut" title={readPageFilePath(file.path)?.name ?? file.path}>
                  {file.filename}
                </span>
                <span className="dim">{formatBytes(file.sizeBytes)}</span>
                <IconButton
                  icon="close"
                  size={12}
                  label={`Leave out ${file.filename}`}
                  onClick={() => leaveOut(file.path)}
                />
              </li>
            ))}
          </ul>
        )}
        {files.some((file) => file.content === undefined) && (
          <Select
            label="What these files are"
            choices={(Object.keys(contentNames) as Content[]).map((one) => ({ value: one, label: contentNames[one] }))}
            value={content}
            onChange={setContent}
          />
        )}
        <div className={styles.pair}>
          <Select
            label="Cluster"
            choices={clusters.map(({ id, name }) => ({ value: id, label: name }))}
            value={clusterId ?? ''}
            onChange={setClusterId}
          />
          <Select
            label="Storage"
            choices={targets.map((one) => ({ value: placeOf(one), label: placeOf(one), hint: roomOf(one) }))}
            value={target ? placeOf(target) : ''}
            onChange={setPlace}
            isOff={targets.length === 0}
          />
        </div>
        {isAsking && !value && <Asking what="Asking the cluster where files can go." />}
        {value && targets.length === 0 && (
          <p className="warn">
            No storage of this cluster takes {[...kinds].map((kind) => contentNames[kind]).join(' and ')}.
          </p>
        )}
        {isTooBig && (
          <p className="warn">
            {target?.storage} has {formatBytes(target?.availableBytes ?? 0)} free and needs {formatBytes(bytes)}.
          </p>
        )}
        <Check
          label="Compute a checksum first; the server checks what arrived"
          isOn={hasChecksum}
          onChange={setChecksum}
        />
        <Select
          label="A file that is there already"
          choices={[
            { value: 'ask', label: 'Ask me' },
            { value: 'replace', label: 'Replace it' },
            { value: 'skip', label: 'Leave the new one out' },
          ]}
          value={ifExists}
          onChange={setIfExists}
        />
        <Failure error={failure ?? error} />
      </div>
    </Dialog>
  );
}

const placeOf = ({ node, storage }: UploadTarget) => `${storage} on ${node}`;
const roomOf = ({ availableBytes }: UploadTarget) =>
  availableBytes === undefined ? undefined : `${formatBytes(availableBytes)} free`;

/** The chooser of the system or the browser; in a browser also a path, as the engine may run on another computer. */
function PickFiles({ onPaths }: { onPaths: (paths: readonly string[]) => void }) {
  const bridge = shell();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <div className={styles.drop}>
        <span className="grow">Drop files anywhere on this window, or</span>
        <Button onClick={() => input.current?.click()}>Choose files…</Button>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label="Files to upload"
          onChange={({ target }) => {
            const files = [...(target.files ?? [])];
            onPaths(files.map((file) => (bridge ? bridge.pathOf(file) : offerFile(file))).filter(Boolean));
            target.value = '';
          }}
        />
      </div>
      {!bridge && <PathField onPaths={onPaths} />}
    </>
  );
}

function PathField({ onPaths }: { onPaths: (paths: readonly string[]) => void }) {
  const [path, setPath] = useState('');
  const take = () => {
    if (path.trim() === '') return;
    onPaths([path.trim()]);
    setPath('');
  };
  return (
    <div className={styles.drop}>
      <div className="grow">
        <Field
          label="Path of the file"
          placeholder="/home/ada/rescue.iso"
          hint="On the computer that Sluice’s engine runs on: it goes on when this page is closed."
          value={path}
          onChange={(event) => setPath(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            take();
          }}
        />
      </div>
      <Button onClick={take} disabled={path.trim() === ''}>
        Add
      </Button>
    </div>
  );
}
