import type { Duplex } from 'node:stream';

/** How a guest is moved into a process of its own while it runs. */
export interface LiveMove {
  /** 0: as fast as it goes. */
  readonly limitBytesPerSecond: number;
  /** Given the port of this computer that waits for the guest: the one to send it to. */
  via(port: number): Promise<number>;
  log(line: string): void;
  /** Rejects when somebody stops it. */
  wait(ms: number): Promise<void>;
  nowMs(): number;
}

/**
 * What stands behind a guest of the lab: a real QEMU process or an embedded stand-in. Streams are Node duplexes, not
 * ours, so that the lab stays an independent peer.
 */
export interface GuestBackend {
  readonly kind: 'qemu' | 'embedded';
  readonly isRunning: boolean;
  /** Resolves when its consoles can be opened. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The guest's own end (process exit, poweroff inside), not `stop()`. */
  onExit(listener: () => void): void;
  /** One RFB 3.8 connection that offers security type 2 (VNC authentication) only and accepts this password once. */
  openScreen(password: string): Promise<Duplex>;
  /** The serial console, raw. A QEMU guest serves one at a time: the newest wins. */
  openSerial(): Promise<Duplex>;
  /**
   * Sets the one SPICE password, good for 30 s, and gives the TLS port on loopback. Absent where it has no SPICE server.
   */
  allowSpice?(password: string): Promise<number>;
  /** The terminal's size, where the guest can know it. */
  resizeSerial(cols: number, rows: number): void;
  /** What the screen shows, as the guest itself says (QMP screendump): binary PPM. */
  screendump(): Promise<Uint8Array>;
  /** Whether it can be moved while it runs. */
  readonly canMoveLive?: boolean;
  /** Moves it, as a live migration does; its streams end. Rejects where it failed: then it runs on where it was. */
  moveLive?(move: LiveMove): Promise<void>;
  /** Asks QMP, so that a test can hold what we show against it. */
  ask?(command: string): Promise<unknown>;
  dispose(): Promise<void>;
}
