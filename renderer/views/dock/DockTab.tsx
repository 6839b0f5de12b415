import type { IDockviewPanelHeaderProps } from 'dockview-react';
import { type MouseEvent, type RefObject, useEffect, useRef, useState } from 'react';

import { type ConsoleState, type PanelParams, rowKeyOf, useConsole } from '../../state/consoles.ts';
import { useGuest } from '../../state/inventory.ts';
import { useChannelMeter } from '../../state/meters.ts';
import { Icon, type IconName } from '../../widgets/Icon.tsx';
import { MenuAt } from '../../widgets/Menu.tsx';
import { controllerOf } from '../console/controllers.ts';
import { consoleWord, type ConsoleWord } from '../console/consoleWord.ts';
import { popOut } from '../popOut/popOutActions.ts';
import styles from './DockTab.module.css';
import { tabMenu } from './tabMenu.ts';

const GRIP_PX = 60; // of the new window, where the pointer holds it

/**
 * The inside of a tab. The dock's own element around it is the `tab`; the cross is for the pointer only (the keyboard
 * has Ctrl W, and Delete on the tab), so nothing interactive stands inside of it.
 */
export function DockTab({ api, params }: IDockviewPanelHeaderProps<PanelParams>) {
  const state = useConsole(api.id);
  const meter = useChannelMeter(state?.channel);
  const guest = useGuest(rowKeyOf(params.target));
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | undefined>(undefined);
  const tab = useInView(api);
  useDragOut(tab, api.id);
  const word = consoleWord(state, meter);
  const name = api.title ?? '';
  const id = guest ? String(guest.vmid) : params.target.kind === 'node' ? 'shell' : '';
  const what = params.view === 'vnc' ? 'screen' : 'terminal';
  const close = (event: MouseEvent) => {
    event.stopPropagation();
    api.close();
  };
  return (
    <div
      ref={tab}
      className={styles.tab}
      title={`${name}, ${what}: ${word.text}`}
      onClick={() => controllerOf(api.id)?.focus()}
      onContextMenu={(event) => {
        event.preventDefault();
        setMenuAt({ x: event.clientX, y: event.clientY });
      }}
      onAuxClick={(event) => event.button === 1 && close(event)}
    >
      <StateIcon state={state} word={word} view={params.view} />
      <span className="cut">{name}</span>
      <span className={styles.id} data-text={id} />
      <span className={styles.close} aria-hidden="true" onPointerDown={(e) => e.stopPropagation()} onClick={close}>
        <Icon name="close" size={12} />
      </span>
      {menuAt && (
        <MenuAt
          rect={{ ...menuAt, width: 0, height: 0 }}
          label={`Actions for the console of ${name}`}
          groups={tabMenu(api.id)}
          onClose={() => setMenuAt(undefined)}
        />
      )}
    </div>
  );
}

/** A tab that is dropped outside of the window gets one of its own there. */
function useDragOut(tab: RefObject<HTMLElement | null>, panelId: string): void {
  useEffect(() => {
    const own = tab.current?.closest<HTMLElement>('.dv-tab');
    const handleEnd = ({ screenX: x, screenY: y, dataTransfer }: DragEvent) => {
      const { screenX: left, screenY: top, outerWidth, outerHeight } = window;
      const isOutside = x < left || y < top || x > left + outerWidth || y > top + outerHeight;
      if (isOutside && dataTransfer?.dropEffect === 'none') popOut(panelId, { x: x - GRIP_PX, y: y - GRIP_PX / 4 });
    };
    own?.addEventListener('dragend', handleEnd);
    return () => own?.removeEventListener('dragend', handleEnd);
  }, [tab, panelId]);
}

/** Keeps the tab in front within what its strip has room for, also when the strip gets narrower. */
function useInView(api: IDockviewPanelHeaderProps['api']) {
  const tab = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const strip = tab.current?.closest<HTMLElement>('.dv-tabs-container');
    if (!strip) return undefined;
    const show = () => {
      const own = tab.current?.closest<HTMLElement>('.dv-tab');
      if (!own || !api.isVisible) return;
      const [start, end] = [own.offsetLeft - strip.offsetLeft, own.offsetLeft - strip.offsetLeft + own.offsetWidth];
      strip.scrollLeft = Math.min(start, Math.max(strip.scrollLeft, end - strip.clientWidth));
    };
    const watch = new ResizeObserver(show);
    watch.observe(strip);
    const visible = api.onDidVisibilityChange(show);
    return () => {
      watch.disconnect();
      visible.dispose();
    };
  }, [api]);
  return tab;
}

function StateIcon(props: { state: ConsoleState | undefined; word: ConsoleWord; view: PanelParams['view'] }) {
  const { word, view } = props;
  const own: IconName = view === 'vnc' ? 'vm' : 'terminal';
  return (
    <span className={word.color}>
      <Icon name={word.icon ?? own} size={14} spin={word.isBusy} />
    </span>
  );
}
