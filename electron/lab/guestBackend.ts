import type { Duplex } from 'node:stream';

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
  dispose(): Promise<void>;
}
