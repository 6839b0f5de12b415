import type { EngineDeps } from '../../engine/deps.ts';
import { createEngine, type Engine } from '../../engine/engine.ts';
import { createMemoryLinkPair } from '../../../shared/wire/memoryLink.ts';
import { createPagePeer } from '../../../shared/wire/pagePeer.ts';
import type { PagePeer } from '../../../shared/wire/peer.ts';

/** An engine without a process of its own: for tests and for commands. */
export interface InProcessHost {
  readonly engine: Engine;
  /** A new page. */
  connect(): PagePeer;
}

export function createInProcessHost(deps: EngineDeps): InProcessHost {
  const engine = createEngine(deps);
  return {
    engine,
    connect() {
      const [page, backend] = createMemoryLinkPair();
      engine.attach(backend);
      return createPagePeer(page, deps.clock);
    },
  };
}
