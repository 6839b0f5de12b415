import type { Terminal } from '@xterm/xterm';

// xterm 6.0.0, behind its public face. Only this file reaches there; the version is pinned, and
// test/e2e/consolesTerminal.spec.ts fails when a new one lost what is used.
interface Inside {
  readonly _core: {
    readonly _renderService: {
      readonly _renderer: { readonly value?: { readonly _rowFactory?: RowFactory } };
    };
  };
}

interface RowFactory {
  _addStyle(element: HTMLElement, style: string): void;
}

/** The DOM renderer sets `style` attributes for 24-bit colours; through `cssText` a strict policy allows them. */
export function sealRowStyles(terminal: Terminal): void {
  const factory = (terminal as unknown as Inside)._core._renderService._renderer.value?._rowFactory;
  if (!factory) return; // WebGL draws no elements
  factory._addStyle = (element, style) => {
    element.style.cssText += `${style};`;
  };
}
