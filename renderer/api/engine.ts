import { AppError } from '../../shared/base/errors.ts';
import type { ChannelKind, ChannelParams, MethodName, Params, Result } from '../../shared/wire/contract.ts';
import type { Channel, PagePeer } from '../../shared/wire/peer.ts';

// The engine as the rest of the page sees it: the peer of the link that lives now. `renderer/link` sets it.
let current: PagePeer | undefined;
/** Until the first link stands or fails: the window is there before, and what is asked for then waits. */
let isStarting = true;
let endStart: () => void;
const started = new Promise<void>((resolve) => {
  endStart = resolve;
});

/** `undefined`: there is none now. */
export function setEngine(peer: PagePeer | undefined): void {
  current = peer;
  isStarting = false;
  endStart();
}

export const hasEngine = () => current !== undefined;

function peer(): PagePeer {
  if (current) return current;
  throw new AppError('link-lost', 'This window has no connection to Sluice’s engine. It is being made again.', {
    retry: 'later',
  });
}

/** Rejects with an AppError; at once where the engine was there and is not any more. */
export async function call<M extends MethodName>(
  method: M,
  params: Params<M>,
  options?: { signal?: AbortSignal },
): Promise<Result<M>> {
  if (isStarting) await started;
  return peer().call(method, params, options);
}

/** Throws an AppError when there is no engine now. */
export function openChannel<K extends ChannelKind>(kind: K, params: ChannelParams<K>): Channel {
  return peer().open(kind, params);
}
