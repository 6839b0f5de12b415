import { readText } from '../headerFile.ts';
import type { ClusterOptions } from './clusterArguments.ts';

/** A server, and what whoever runs the command vouches for there. */
export interface Place {
  readonly address: string;
  readonly acceptFingerprint?: string;
  /** PEM. */
  readonly acceptAuthority?: string;
}

export function placeOf(address: string, { fingerprint, caFile }: ClusterOptions): Place {
  if (fingerprint !== undefined) return { address, acceptFingerprint: fingerprint };
  return caFile === undefined ? { address } : { address, acceptAuthority: readText(caFile) };
}
