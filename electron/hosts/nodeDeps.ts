import { randomBytes } from 'node:crypto';

import { systemClock } from '../../shared/base/clock.ts';
import type { EngineDeps, LogSink, Vault } from '../engine/deps.ts';
import { defaultDataDir } from './dataDir.ts';
import { FileDocuments } from './fileDocuments.ts';
import { consoleLog } from './consoleLog.ts';
import { MarkedDocuments } from './markedDocuments.ts';
import { MemoryVault } from './vaults/memoryVault.ts';

export interface NodeDepsOptions {
  readonly host: EngineDeps['host'];
  readonly version: string;
  /** Where documents are kept; made where it is missing. */
  readonly dataDir?: string;
  readonly vault?: Vault;
  readonly log?: LogSink;
}

/** What the engine needs, from Node alone. A host adds what only it has: a better vault, a demo. */
export function createNodeDeps(options: NodeDepsOptions): EngineDeps & { readonly documents: MarkedDocuments } {
  const { host, version } = options;
  return {
    host,
    version,
    clock: systemClock,
    documents: new MarkedDocuments(new FileDocuments(options.dataDir ?? defaultDataDir()), version),
    vault: options.vault ?? new MemoryVault(),
    log: options.log ?? consoleLog,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
  };
}
