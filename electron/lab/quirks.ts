/**
 * Behaviour of real servers that a client meets, each to be switched while the lab runs. Numbers in comments name
 * sections of the PVE wire facts. The defaults are what a current, healthy server does; `createQuirks` copies them.
 */
export interface LabQuirks {
  // Transport (11, 12)
  /** Idle keep-alive connections, and stalls inside a request, end after this long. Real: 5,000. */
  idleCloseMs: number;
  /** The connection's last request carries `Connection: close`. Real: 100. */
  requestsPerConnection: number;
  /** Every 401 comes this long after its request started. Real: 3,000. */
  authDelayMs: number;
  /** gzip or deflate for bodies over 1,024 bytes, when asked for. */
  compression: boolean;
  /** Errors carry their text in the body too (since 5.2.0); off: in the reason phrase only. */
  messageInBody: boolean;
  /** Added to every answer. */
  latencyMs: number;
  /** Integers as strings, here and there. */
  looseTypes: boolean;
  /** Keys of objects, and lists that Perl keeps in hashes, in another order every time. */
  shuffledKeys: boolean;
  /** Answers this error to every API call: `{ status: 595, reason: 'No route to host' }`. */
  failAll: { readonly status: number; readonly reason: string } | undefined;
  /** What changes something is done, and the connection ends before the answer: a worker that died, a cut line. */
  losesAnswers: boolean;
  /** Takes requests and never answers them. */
  neverAnswer: boolean;

  // Listing (2)
  /** How old `/cluster/resources` may be. Real: 10,000. */
  resourcesLagMs: number;
  /** Load, memory and uptime change with time. Off: nothing changes that nobody changed. */
  liveUsage: boolean;

  // Consoles (3, 4)
  /** new: prefixed, port-bound ticket and `password`; old: bare ticket whose first 8 characters are the password. */
  ticketStyle: 'new' | 'old';
  /** vncwebsocket, and a SPICE CONNECT, to a port nobody listens on: the request is never answered. */
  deadBackend: boolean;
  /**
   * unbounded: what the client does not read piles up in the server (6.0.5); backpressure: the server reads on only
   * when the client does (#7483). SPICE tunnels alike.
   */
  webSocketBuffer: 'backpressure' | 'unbounded';
  /** At the backend's end what is still queued is thrown away. */
  truncateAtEof: boolean;
  /** Frames start at 2 KiB and double with every full read up to 128 KiB. Off: 128 KiB at once. */
  frameRamp: boolean;
  /** glued: `OK` with the first output; alone: a message of its own; split: `O`, then `K`. */
  okDelivery: 'alone' | 'glued' | 'split';
  /** A console's listener waits this long for its one connection, and as long again for the ticket line. Real: 10,000. */
  consoleWaitMs: number;
  /** termproxy forgets a header that its 4,096-byte buffer cuts. */
  lostHeaders: boolean;

  // Tasks (6)
  /** 1: as fast as a person likes to watch. 50: fifty times faster, for tests. */
  taskPace: number;
  /** Log lines are sometimes seen half written. */
  partialLines: boolean;
  /** Tasks ignore the polite stop; after `killAfterMs` they end with `unexpected status`. */
  stubbornTasks: boolean;
  /** Real: 5,000. */
  killAfterMs: number;

  /** What a live migration may take of the link where it is a real one. 0: all of it. */
  migrationBytesPerSecond: number;

  // Transfers (7)
  /** How fast an upload is taken. 0: as fast as it comes. */
  uploadBytesPerSecond: number;

  /** A file restore ends in the middle of its stream, and its task with an error. */
  restoreBreaksOff: boolean;

  // Remote migration (8)
  /** Data connections of a live one, its memory's included, all but that at the same time. */
  remoteStreams: number;
  /** What each of them carries; log lines tell the guest's own sizes. */
  remoteStreamBytes: number;
  /** How fast each of them sends. 0: as fast as it goes. */
  remoteBytesPerSecond: number;

  /** Added to the cluster's idea of the time: ages tickets at will. */
  clockOffsetMs: number;
}

export function createQuirks(changes: Partial<LabQuirks> = {}): LabQuirks {
  return {
    idleCloseMs: 5000,
    requestsPerConnection: 100,
    authDelayMs: 3000,
    compression: true,
    messageInBody: true,
    latencyMs: 0,
    looseTypes: true,
    shuffledKeys: false,
    failAll: undefined,
    losesAnswers: false,
    neverAnswer: false,
    resourcesLagMs: 2000,
    liveUsage: true,
    ticketStyle: 'new',
    deadBackend: false,
    webSocketBuffer: 'backpressure',
    truncateAtEof: false,
    frameRamp: true,
    okDelivery: 'glued',
    consoleWaitMs: 10_000,
    lostHeaders: true,
    taskPace: 1,
    partialLines: true,
    stubbornTasks: false,
    killAfterMs: 5000,
    migrationBytesPerSecond: 16 << 20, // long enough to be watched
    uploadBytesPerSecond: 0,
    restoreBreaksOff: false,
    remoteStreams: 4,
    remoteStreamBytes: 4 << 20,
    remoteBytesPerSecond: 0,
    clockOffsetMs: 0,
    ...changes,
  };
}
