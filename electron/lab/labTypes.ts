import type { Clock } from '../../shared/base/clock.ts';
import type { BackendFactory } from './backends.ts';
import type { StoredFile } from './cluster/cluster.ts';
import type { LabGuest } from './cluster/model.ts';
import type { ProxyMeter } from './console/webSocketProxy.ts';
import type { RequestRecord } from './http/app.ts';
import type { NodeDoor } from './nodeDoors.ts';
import type { OpenIdProvider } from './openId/openIdProvider.ts';
import type { LabQuirks } from './quirks.ts';
import type { SentStream } from './remote/remoteMigration.ts';
import type { TunnelStream } from './remote/tunnelBroker.ts';
import type { SpiceMeter } from './spice/spiceProxy.ts';
import type { Replications } from './tasks/replication.ts';
import type { LabTask } from './tasks/task.ts';

export interface LabOptions {
  /** Of the cluster; `lab`. */
  readonly name?: string;
  /** Default 12; thousands are fine. */
  readonly guests?: number;
  /** A storage of a Backup Server, `pbs`, out of whose backups files can be restored. */
  readonly hasBackupStorage?: boolean;
  readonly quirks?: Partial<LabQuirks>;
  /** Of root@pam; random where absent. */
  readonly password?: string;
  /** 0, the default: any free one. Always on 127.0.0.1. */
  readonly port?: number;
  readonly clock?: Clock;
  /** The nodes answer at addresses of their own, 127.0.0.1, 127.0.0.2 and so on, at one port. Needs Linux. */
  readonly ownAddresses?: boolean;
  /** Default true: tasks in the past, and a migration, a backup and an upload every few minutes. */
  readonly life?: boolean;
  /**
   * Real QEMU guests where they can be: `true` boots them with the lab, `false` never does. Default: when one is first
   * looked at.
   */
  readonly qemu?: boolean;
  /** Default: embedded guests, and a real QEMU guest where it can be. */
  readonly createBackend?: BackendFactory;
  /**
   * A guest in QEMU that can be moved while it runs moves from one process to another for real. Given the port that waits for it, this
   * says which one it is sent to; default: the same.
   */
  readonly migrationVia?: (port: number) => Promise<number>;
  /** A realm `company` whose people sign in at an OpenID provider, which the lab runs too. */
  readonly openId?: boolean;
  /** One line about what happens, without secrets. */
  readonly log?: (line: string) => void;
}

export interface TotpAccount {
  readonly username: string;
  readonly password: string;
  /** Base32, as an authenticator app takes it. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** What the app would show now. */
  code(): string;
}

/** A user with a second factor that is no code on a phone. */
export interface KeyAccount {
  readonly username: string;
  readonly password: string;
  readonly recoveryCodes: readonly string[];
  /** What the YubiKey types when it is touched; each is good once. Absent: there is none. */
  touch?(): string;
}

/** A running demo cluster. Everything below `quirks` is for tests. */
export interface Lab {
  /** `127.0.0.1:41234` */
  readonly address: string;
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  /** A user with a second factor. */
  readonly totp: TotpAccount;
  readonly yubico: KeyAccount;
  /** WebAuthn is all there is. */
  readonly webAuthn: KeyAccount;
  /** WebAuthn, and recovery codes. */
  readonly webAuthnOrRecovery: KeyAccount;
  /** Started with `openId`. */
  readonly openIdProvider: OpenIdProvider | undefined;
  /** May look and not touch. */
  readonly auditor: { readonly username: string; readonly password: string };
  /** May everything but what concerns the node pve2. */
  readonly barred: { readonly username: string; readonly password: string };
  /** Uses all guests, may only look at 101, and sees nothing of the nodes. */
  readonly operator: { readonly username: string; readonly password: string };
  /** Value of an Authorization header. */
  readonly apiToken: string;
  /** SHA-256 of the certificate served now, as Proxmox prints it. */
  readonly fingerprint: string;
  readonly caPem: string;
  /** Live: a change counts from the next request, frame or task on. */
  readonly quirks: LabQuirks;
  /** A new certificate for new connections; `newAuthority`: of a stranger. Gives the new fingerprint. */
  replaceCertificate(options?: { newAuthority?: boolean }): string;
  /** Cuts all connections, consoles included. Gives how many. */
  killConnections(options?: { reset?: boolean }): number;
  /** The server closes what connects right after accept, or stops doing so. */
  refuseConnections(refuses: boolean): void;
  /** The port is closed for good, connections that stand go on. */
  stopListening(): Promise<void>;
  /** The first is what the rest of this speaks of; more only with `ownAddresses`. */
  readonly nodes: readonly NodeDoor[];
  readonly openConnections: number;
  readonly acceptedConnections: number;
  /** Newest last. */
  readonly requests: readonly RequestRecord[];
  forgetRequests(): void;
  /** One for each console that was connected, newest last. */
  readonly consoles: readonly ProxyMeter[];
  /** Where viewers ask for SPICE channels; 3128 of a real node. */
  readonly spicePort: number;
  /** One for each SPICE channel, newest last. */
  readonly spiceTunnels: readonly SpiceMeter[];
  readonly tasks: readonly LabTask[];
  /** None at first. */
  readonly replications: Replications;
  /** Data connections of remote migrations, as this cluster sent and as it received them, newest last. */
  readonly sentStreams: readonly SentStream[];
  readonly receivedStreams: readonly TunnelStream[];
  /** Names of a user's API tokens. */
  tokensOf(userId: string): readonly string[];
  /** The guests as they are; to be looked at only. */
  readonly guests: ReadonlyMap<number, LabGuest>;
  /** A file on any storage by its volume ID, with the sum of what was really received. */
  stored(volid: string): StoredFile | undefined;
  /** Changes guests at will; the next poll after `resourcesLagMs` sees it. */
  changeGuests(change: (guests: Map<number, LabGuest>) => void): void;
  setNodeOnline(node: string, isOnline: boolean): void;
  /** The daily change of the key behind the tickets. */
  rotateAuthKey(): void;
  /** Tickets, CSRF tokens and console passwords that were handed out, newest last. */
  readonly issuedSecrets: readonly string[];
  /** Every ticket is worthless from now on. */
  invalidateTickets(): void;
  close(): Promise<void>;
}
