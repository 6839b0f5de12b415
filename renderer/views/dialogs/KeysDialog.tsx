import { useState } from 'react';

import { keyboardMap } from '../../commands/keyboardMap.ts';
import { releaseKeyName, useSettings } from '../../state/settings.ts';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Kbd } from '../../widgets/Kbd.tsx';
import styles from './KeysDialog.module.css';

/** The keyboard map. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const release = releaseKeyName(useSettings((settings) => settings.releaseKey));
  const [groups] = useState(keyboardMap);
  return (
    <Dialog
      title="Keyboard map"
      help={`A focused console takes every key. ${release} alone gives them back; held with a key it runs that shortcut.`}
      onClose={onClose}
      widthPx={640}
    >
      <div className={styles.columns}>
        {groups.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.items.map((item) => (
                <div key={item.keys}>
                  <dt>
                    <Kbd keys={item.keys} />
                  </dt>
                  <dd>{item.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
