import type { Terminal } from '@xterm/xterm';

import type { FrameWindow } from './renderPace.ts';

// xterm 6.0.0, behind its public face. Only this file reaches there; the version is pinned, and
// test/e2e/consolesTerminal.spec.ts fails when a new one lost what is used.
interface Inside {
  readonly _core: {
    readonly coreService: { readonly onUserInput: (fn: () => void) => unknown };
    readonly _writeBuffer: { _innerWrite(): void };
    readonly _selectionService: { refresh(isLinuxMouseSelection?: boolean): void };
    readonly _renderService: {
      readonly _renderer: { readonly value?: { readonly _rowFactory?: RowFactory } };
      readonly _renderDebouncer: { _coreBrowserService: { readonly window: FrameWindow } };
    };
  };
}

interface RowFactory {
  _addStyle(element: HTMLElement, style: string): void;
}

const inside = (terminal: Terminal): Inside['_core'] => (terminal as unknown as Inside)._core;

/** The DOM renderer sets `style` attributes for 24-bit colours; through `cssText` a strict policy allows them. */
export function sealRowStyles(terminal: Terminal): void {
  const factory = inside(terminal)._renderService._renderer.value?._rowFactory;
  if (!factory) return; // WebGL draws no elements
  // Of the class: a renderer that takes over from WebGL draws before anybody gets hold of it.
  (Object.getPrototypeOf(factory) as RowFactory)._addStyle = (element, style) => {
    element.style.cssText += `${style};`;
  };
}

/** What the person did goes to `typed`; what the terminal answers to the guest by itself goes to `answered`. */
export function splitInput(terminal: Terminal, typed: (data: string) => void, answered: (data: string) => void): void {
  let isTyped = false; // told right before the data it is about
  inside(terminal).coreService.onUserInput(() => {
    isTyped = true;
  });
  terminal.onData((data) => {
    const to = isTyped ? typed : answered;
    isTyped = false;
    to(data);
  });
}

/** Has xterm draw in frames of ours. */
export function drawIn(terminal: Terminal, frames: FrameWindow): void {
  inside(terminal)._renderService._renderDebouncer._coreBrowserService = { window: frames };
}

/**
 * xterm draws the selection anew on every scroll, and with it all rows a second time each frame, also when nothing
 * is selected and nothing was.
 */
export function skipEmptySelections(terminal: Terminal): void {
  const service = inside(terminal)._selectionService;
  const refresh = service.refresh.bind(service);
  let wasSelected = false;
  service.refresh = (isLinuxMouseSelection) => {
    const isSelected = terminal.hasSelection();
    if (isSelected || wasSelected) refresh(isLinuxMouseSelection);
    wasSelected = isSelected;
  };
}

/**
 * Parses what was written for up to 12 ms now. By itself xterm does it from a timer, which browsers hold back: by
 * 4 ms when it repeats, by a second and more in a hidden window.
 */
export function parseNow(terminal: Terminal): void {
  inside(terminal)._writeBuffer._innerWrite();
}
