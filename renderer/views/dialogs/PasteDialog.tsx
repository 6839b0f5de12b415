import { useEffect, useRef, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import { count } from '../../state/format.ts';
import { notify } from '../../state/toasts.ts';
import { Button } from '../../widgets/Button.tsx';
import { readClipboard } from '../../widgets/copyText.ts';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import { controllerOf } from '../console/controllers.ts';
import { targetName } from '../console/targetName.ts';
import styles from './PasteDialog.module.css';

/** Types text into a guest as if it came from its keyboard: what works before any agent runs in it. */
export default function PasteDialog({ panelId, onClose }: { panelId: string; onClose: () => void }) {
  const controller = controllerOf(panelId);
  const [text, setText] = useState('');
  const [done, setDone] = useState<number | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const [skipped, setSkipped] = useState('');
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    void readClipboard().then((clip) => clip && setText((before) => before || clip));
    return () => abort.current?.abort();
  }, []);
  const view = controller?.view;
  if (!controller || view?.kind !== 'vnc') return null;
  const name = targetName(controller.params.target);
  const isTyping = done !== undefined;

  const type = async () => {
    const mine = new AbortController();
    abort.current = mine;
    setDone(0);
    setError(undefined);
    try {
      const result = await view.view.pasteAsKeys(text, { signal: mine.signal, onProgress: (typed) => setDone(typed) });
      if (mine.signal.aborted) return;
      if (result.skipped) return setSkipped(result.skipped);
      onClose();
      notify({ kind: 'done', text: `Typed ${count([...text].length, 'character')} into ${name}.` });
      controller.focus();
    } catch (caught) {
      setError(AppError.from(caught).message);
    } finally {
      setDone(undefined);
    }
  };
  const footer = (
    <>
      <span className="dim">
        {isTyping ? `${done} of ${text.length} typed` : 'For a guest with a US keyboard layout.'}
      </span>
      <span className="grow" />
      <Button onClick={onClose}>{isTyping ? 'Stop typing' : 'Cancel'}</Button>
      <Button kind="primary" disabled={isTyping || text === ''} onClick={() => void type()}>
        Type it
      </Button>
    </>
  );
  return (
    <Dialog
      title={`Paste into ${name} as keys`}
      help="Each character is typed, also line ends."
      onClose={onClose}
      footer={footer}
    >
      <textarea
        className={styles.text}
        aria-label="Text to type"
        rows={8}
        spellCheck={false}
        autoFocus
        readOnly={isTyping}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setSkipped('');
        }}
      />
      {isTyping && <Bar fraction={done / Math.max(1, text.length)} color="accent" label="Typed" />}
      {skipped && (
        <p className="warn" role="alert">
          {count([...skipped].length, 'character')} could not be typed: “{[...new Set(skipped)].slice(0, 20).join('')}”.
          The rest was.
        </p>
      )}
      {error && (
        <p className="bad" role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}
