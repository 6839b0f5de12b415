/** Behaviour of Backup Servers that a client meets, each to be switched while the lab runs. Sections: PBS facts 9. */
export interface PbsQuirks {
  /** The 101 says `Connection: upgrade`; older servers leave it out (9.4). */
  saysConnectionUpgrade: boolean;
  /** `GET /heartbeat` is known; older servers answer 404 and note it in the task log (9.4). */
  hasHeartbeat: boolean;
  /** A session without a request for so long is cut, as proxies do. 0: never. */
  idleCutMs: number;
  /** Chunks are answered this late. */
  chunkDelayMs: number;
  /** Of each chunk half is sent, and then nothing. */
  isStalling: boolean;
  /** Reset the connection when it has sent so many bytes of chunks, so many times. */
  resets: { afterBytes: number; times: number };
  /** One bit of each chunk, of the index or of the manifest is another; `digest`: a chunk that is in order and not the one asked for. */
  corruption: 'none' | 'crc' | 'digest' | 'index' | 'manifest' | 'blob';
  /** Sent with REST answers in place of `data.ticket` (9.1). */
  ticketIn: 'body' | 'cookie';
  /** Real: 3,000. */
  authDelayMs: number;
  /** Streams of `download-decoded` end after so many bytes, in the middle of a chunk. 0: whole. */
  cutDownloadAfterBytes: number;
  /** Another operation has the snapshot. */
  isLocked: boolean;
}

export function createPbsQuirks(changes: Partial<PbsQuirks> = {}): PbsQuirks {
  return {
    saysConnectionUpgrade: true,
    hasHeartbeat: true,
    idleCutMs: 0,
    chunkDelayMs: 0,
    isStalling: false,
    resets: { afterBytes: 0, times: 0 },
    corruption: 'none',
    ticketIn: 'body',
    authDelayMs: 3000,
    cutDownloadAfterBytes: 0,
    isLocked: false,
    ...changes,
  };
}
