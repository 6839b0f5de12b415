// The part of noVNC 1.7.0 that is used here. Fields with an underscore are not its public face: `guardedRfb.ts` alone
// touches them, and test/e2e/consolesVnc.spec.ts fails when a new version lost them.
declare module '@novnc/novnc' {
  export interface RfbSocket {
    rQlen(): number;
    rQpeekBytes(length: number, copy?: boolean): Uint8Array;
    rQskipBytes(length: number): void;
    rQwait(what: string, length: number, goBack?: number): boolean;
  }

  export interface RfbDisplay {
    pending(): boolean;
    flush(): Promise<void>;
    flip(fromQueue?: boolean): void;
  }

  export default class RFB extends EventTarget {
    constructor(target: Element, channel: object, options?: { shared?: boolean });
    viewOnly: boolean;
    focusOnClick: boolean;
    scaleViewport: boolean;
    showDotCursor: boolean;
    background: string;
    disconnect(): void;
    sendKey(keysym: number, code: string, down?: boolean): void;
    clipboardPasteFrom(text: string): void;

    readonly _sock: RfbSocket;
    readonly _display: RfbDisplay;
    readonly _canvas: HTMLCanvasElement;
    readonly _flushing: boolean;
    readonly _FBU: { readonly rects: number; readonly width: number; readonly height: number };
    readonly _rfbConnectionState: '' | 'connecting' | 'connected' | 'disconnecting' | 'disconnected';
    readonly _remoteCapsLock: boolean | null;
    _resize(width: number, height: number): void;
    _handleDataRect(): boolean;
    _handleServerCutText(): boolean;
    _fail(details: string): false;
  }
}
