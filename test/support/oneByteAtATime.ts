import type { ByteDuplex } from '../../shared/flow/duplex.ts';
import type { DuplexPair } from './describeDuplex.ts';

/** The same pair, with every chunk cut into single bytes before it is delivered. */
export function oneByteAtATime(pair: DuplexPair): DuplexPair {
  return { ...pair, a: cut(pair.a), b: cut(pair.b) };
}

function cut(inner: ByteDuplex): ByteDuplex {
  let cutOffBytes = 0;
  let isClosing = false;
  return {
    label: inner.label,
    canHalfClose: inner.canHalfClose,
    get unconsumedBytes() {
      return inner.unconsumedBytes - cutOffBytes;
    },
    get isPaused() {
      return inner.isPaused;
    },
    onData(listener) {
      inner.onData((chunk) => {
        cutOffBytes = chunk.length;
        for (let at = 0; at < chunk.length && !isClosing; at++) {
          cutOffBytes--;
          listener(chunk.subarray(at, at + 1));
        }
        cutOffBytes = 0;
      });
    },
    onEnd: (listener) => inner.onEnd(listener),
    onClose: (listener) => inner.onClose(listener),
    start: () => inner.start(),
    consumed: (bytes) => inner.consumed(bytes),
    write: (chunk, done) => inner.write(chunk, done),
    end: () => inner.end(),
    close(deadlineMs, reason) {
      isClosing = true;
      inner.close(deadlineMs, reason);
    },
    dispose() {
      isClosing = true;
      inner.dispose();
    },
  };
}
