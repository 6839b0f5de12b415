import type { IDockviewPanelHeaderProps } from 'dockview-react';
import { type MouseEvent, useEffect, useRef, useState } from 'react';

import { type ConsoleState, type PanelParams, rowKeyOf, useConsole } from '../../state/consoles.ts';
import { useGuest } from '../../state/inventory.ts';
import { useChannelMeter } from '../../state/meters.ts';
import { Icon, type IconName } from '../../widgets/Icon.tsx';
import { MenuAt } from '../../widgets/Menu.tsx';
import { controllerOf } from '../console/controllers.ts';
import { consoleWord, type ConsoleWord } from '../console/consoleWord.ts';
import styles from './DockTab.module.css';
import { tabMenu } from './tabMenu.ts';

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
