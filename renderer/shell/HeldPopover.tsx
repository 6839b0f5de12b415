import { Popover } from '@base-ui/react/popover';
import type { ComponentProps, ReactElement } from 'react';

import { formatPart } from '../state/format.ts';
import { useMeters } from '../state/meters.ts';
import { RelayLine } from '../views/bottom/RelayLine.tsx';
import { Icon } from '../widgets/Icon.tsx';
import styles from './HeldPopover.module.css';

const MOST_LINES = 10;

/** What every relay holds, the fullest first. */
export default function HeldPopover({ trigger }: { trigger: ReactElement<ComponentProps<'button'>> }) {
  return (
    <Popover.Root>
      <Popover.Trigger render={trigger} />
      <Popover.Portal>
        <Popover.Positioner side="top" align="start" sideOffset={6} className={styles.positioner ?? ''}>
          <Popover.Popup className={styles.pop ?? ''}>
            <Content />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Content() {
  const { heldBytes, budgetBytes, relays } = useMeters();
  const held = (relay: (typeof relays)[number]) => relay.up.heldBytes + relay.down.heldBytes;
  const fullest = [...relays].sort((a, b) => held(b) - held(a)).slice(0, MOST_LINES);
  return (
    <>
      <div className={styles.head}>
        <Popover.Title className={styles.title ?? ''}>Held by relays</Popover.Title>
        <span className="mid">{formatPart(heldBytes, budgetBytes)}</span>
      </div>
      {fullest.map((relay) => (
        <RelayLine key={relay.id} relay={relay} />
      ))}
      {relays.length === 0 && <span className="dim">No relay runs. Every console you open is one.</span>}
      {relays.length > MOST_LINES && <span className="dim">and {relays.length - MOST_LINES} more</span>}
      <p>
        <Icon name="pause" size={12} />
        <span>
          waits for a slow receiver: reading stops at a full window and goes on below the notch. It costs time, never
          memory, and nothing is lost.
        </span>
      </p>
    </>
  );
}
