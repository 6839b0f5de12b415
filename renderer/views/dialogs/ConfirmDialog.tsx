import { useRef } from 'react';

import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';

/** Asks before something that cannot be undone. The focus starts on the way out. */
export default function ConfirmDialog(props: {
  title: string;
  text: string;
  action: string;
  run: () => void;
  onClose: () => void;
}) {
  const { title, text, action, run, onClose } = props;
  const cancel = useRef<HTMLButtonElement>(null);
  const handleYes = () => {
    onClose();
    run();
  };
  const footer = (
    <>
      <span className="grow" />
      <Button ref={cancel} onClick={onClose}>
        Cancel
      </Button>
      <Button kind="danger" onClick={handleYes}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} footer={footer} widthPx={440} first={cancel} isAlert>
      <p className="mid">{text}</p>
    </Dialog>
  );
}
