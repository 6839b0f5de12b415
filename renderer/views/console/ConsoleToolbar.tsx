import type { RefObject } from 'react';

import type { ConsoleState } from '../../state/consoles.ts';
import { notify, notifyFailure } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import { IconButton, Separator, ToolButton } from '../../widgets/Button.tsx';
import { MenuButton, type MenuGroup } from '../../widgets/Menu.tsx';
import { readClipboard, saveFile } from '../../widgets/copyText.ts';
import { copy } from '../copy.ts';
import type { ConsoleController } from './consoleController.ts';
import styles from './ConsoleToolbar.module.css';
import { toggleFullScreen } from './fullScreen.tsx';
import { Heartbeat } from './Heartbeat.tsx';
import { combos } from './keyCombos.ts';
import { targetName } from './targetName.ts';
import { ViewerButton } from './ViewerButton.tsx';

interface ToolbarProps {
  readonly controller: ConsoleController;
  readonly state: ConsoleState;
  readonly onFind: () => void;
  readonly panel: RefObject<HTMLElement | null>;
}

export function ConsoleToolbar(props: ToolbarProps) {
  const { state, panel } = props;
  const isScreen = state.view === 'vnc';
  return (
    <div
      className={`${styles.bar} ${isScreen ? styles.screen : styles.terminal}`}
      role="toolbar"
      aria-label={isScreen ? 'Console' : 'Terminal'}
    >
      {isScreen ? <ScreenTools {...props} /> : <TerminalTools {...props} />}
      <IconButton
        icon="fullScreen"
        label="Full screen, F11"
        onClick={() => panel.current && void toggleFullScreen(panel.current)}
      />
      <span className="grow" />
      <Heartbeat channel={state.channel} isOpen={state.phase === 'open'} />
    </div>
  );
}

function ScreenTools({ controller, state }: ToolbarProps) {
  const isOpen = state.phase === 'open';
  const clipboard: MenuGroup = {
    items: [
      {
        label: 'Copy what the guest copied',
        icon: 'copy',
        isOff: state.guestClipboard === '',
        run: () => void copy(state.guestClipboard, 'text of the guest'),
      },
    ],
  };
  const keys = (): MenuGroup[] => [
    ...combos.map((group) => ({
      items: group.map(({ label, codes }) => ({
        label,
        run: () => {
          if (controller.view?.kind === 'vnc') controller.view.view.sendCombo(codes);
          controller.focus();
        },
      })),
    })),
    clipboard,
  ];
  const sizes = (): MenuGroup[] => [
    {
      items: [
        { label: 'Fit to the panel', isOn: state.scale === 'fit', run: () => controller.setScale('fit') },
        { label: 'Actual size', isOn: state.scale === 'actual', run: () => controller.setScale('actual') },
      ],
    },
  ];
  const canType = isOpen && !state.isViewOnly;
  return (
    <>
      <MenuButton
        trigger={
          <ToolButton icon="keys" hasMenu disabled={!canType}>
            Send keys
          </ToolButton>
        }
        groups={keys}
      />
      <ToolButton
        icon="paste"
        disabled={!canType}
        onClick={() => openDialog({ kind: 'paste', panelId: state.panelId })}
      >
        Paste as keys
      </ToolButton>
      <MenuButton
        trigger={
          <ToolButton icon="fit" hasMenu title="Size of the picture">
            {state.scale === 'fit' ? 'Fit' : 'Actual'}
            {isOpen && state.scale === 'fit' && <span className={styles.percent}>{state.scalePercent} %</span>}
          </ToolButton>
        }
        groups={sizes}
      />
      <Separator />
      <IconButton
        icon="camera"
        label="Screenshot"
        disabled={!state.hasPicture}
        onClick={() => void saveScreenshot(controller)}
      />
      <IconButton
        icon="eye"
        label="View only"
        aria-pressed={state.isViewOnly}
        onClick={() => controller.setViewOnly(!state.isViewOnly)}
      />
      <ViewerButton target={state.target} />
    </>
  );
}

function TerminalTools({ controller, state, onFind }: ToolbarProps) {
  return (
    <>
      <ToolButton icon="search" onClick={onFind} disabled={!state.hasPicture}>
        Find
      </ToolButton>
      <ToolButton icon="paste" onClick={() => void pasteText(controller)} disabled={state.phase !== 'open'}>
        Paste
      </ToolButton>
      <ToolButton icon="box" onClick={() => saveOutput(controller)} disabled={!state.hasPicture}>
        Save output
      </ToolButton>
      <Separator />
    </>
  );
}

const stamp = () => new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-');

export async function saveScreenshot(controller: ConsoleController): Promise<void> {
  if (controller.view?.kind !== 'vnc') return;
  try {
    const name = `${targetName(controller.params.target)}-${stamp()}.png`;
    saveFile(name, await controller.view.view.screenshot());
    notify({ kind: 'done', text: `Saved the screenshot as ${name}.` });
  } catch (error) {
    notifyFailure('The screenshot was not taken.', error);
  }
}

export async function pasteText(controller: ConsoleController): Promise<void> {
  if (controller.view?.kind !== 'terminal') return;
  const text = await readClipboard();
  if (text === undefined) {
    notify({
      kind: 'failed',
      text: 'The clipboard could not be read. Allow it for this window, or press Ctrl Shift V.',
    });
  } else controller.view.view.paste(text);
  controller.focus();
}

function saveOutput(controller: ConsoleController): void {
  if (controller.view?.kind !== 'terminal') return;
  const name = `${targetName(controller.params.target)}-${stamp()}.txt`;
  saveFile(name, new Blob([controller.view.view.text()], { type: 'text/plain' }));
  notify({ kind: 'done', text: `Saved the output as ${name}.` });
}
