import type { Clock } from '../../shared/base/clock.ts';

/** Small JSON documents by name, kept over restarts. A write replaces the whole document or nothing. */
export interface DocumentStore {
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
  /**
   * Reads, changes and writes with nobody else in between, other processes included. Absent where nobody else can be.
   */
  update?(name: string, change: (now: unknown) => unknown): Promise<void>;
}

/** Where a vault keeps secrets, see `shared/model/vault.ts`. */
export interface VaultState {
  readonly keeps: 'system' | 'unprotected' | 'memory';
  readonly canBeUnprotected: boolean;
}

/** Secrets by name. The person is told where they are. */
export interface Vault {
  readonly state: VaultState;
  /** Only where the state says that it can be. What is there moves along. */
  keepUnprotected?(isAllowed: boolean): Promise<void>;
  read(name: string): Promise<string | undefined>;
  write(name: string, secret: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where redacted log lines go. */
export interface LogSink {
  write(level: LogLevel, area: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The demo cluster, as the host can start it. */
export interface DemoCluster {
  readonly address: string;
  readonly fingerprint: string;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
}

/** Where programs of this machine, such as viewers, are looked for, and with what they are started. */
export interface ProgramSearch {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where uploads are read from. */
export interface FileReading {
  look(path: string): Promise<{ readonly sizeBytes: number; readonly modifiedAtMs: number }>;
  open(path: string): Promise<{
    read(buffer: Uint8Array, position: number): Promise<number>;
    close(): Promise<void>;
  }>;
}

/** What the machine's policy decides over the person's settings, see `shared/model/settings.ts`. */
export interface PolicySettings {
  readonly updates?: 'install' | 'tell' | 'off' | undefined;
  readonly keepsAwake?: boolean | undefined;
  readonly keepsSignIns?: boolean | undefined;
  readonly keepsUnprotected?: boolean | undefined;
}

/** All the engine needs from its host. */
export interface EngineDeps {
  readonly host: 'utility' | 'web' | 'in-process';
  readonly version: string;
  readonly clock: Clock;
  readonly documents: DocumentStore;
  readonly vault: Vault;
  readonly log: LogSink;
  /** How often a silent link to a page shows life. Default: `usualHeartbeatMs`; less behind proxies that cut sooner. */
  readonly linkHeartbeatMs?: number;
  readonly forced?: PolicySettings | undefined;
  randomBytes(count: number): Uint8Array;
  /** Default: the files of this machine. */
  readonly files?: FileReading;
  /** Default: this process's own. */
  readonly programs?: ProgramSearch;
  /** Absent where no demo can be started. Called again it gives the same server. */
  readonly startDemo?: (product: 'pve' | 'pbs') => Promise<DemoCluster>;
}
