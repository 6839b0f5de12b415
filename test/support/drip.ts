import type { Transport } from '../../electron/engine/net/transport.ts';

/** The same transport, with every chunk cut into single bytes before what is laid on it sees them. */
export function drip(inner: Transport): Transport {
  let cutOffBytes = 0;
  let isOver = false;
  return {
    label: inner.label,
    canHalfClose: inner.canHalfClose,
    get unconsumedBytes() {
      return inner.unconsumedBytes - cutOffBytes;
    },
    get isPaused() {
      return inner.isPaused;
    },
    get queuedBytes() {
      return inner.queuedBytes;
    },
    get isPeerStalled() {
      return inner.isPeerStalled;
    },
    onData(listener) {
      inner.onData((chunk) => {
        cutOffBytes = chunk.length;
        for (let at = 0; at < chunk.length && !isOver; at += 1) {
          cutOffBytes -= 1;
          listener(chunk.subarray(at, at + 1));
        }
        cutOffBytes = 0;
      });
    },
    onEnd: (listener) => inner.onEnd(listener),
    onClose: (listener) => inner.onClose(listener),
    watch: (watcher) => inner.watch(watcher),
    start: () => inner.start(),
    consumed: (bytes) => inner.consumed(bytes),
    write: (chunk, done) => inner.write(chunk, done),
    cork: () => inner.cork(),
    uncork: () => inner.uncork(),
    end: () => inner.end(),
    close(deadlineMs, reason) {
      isOver = true;
      inner.close(deadlineMs, reason);
    },
    dispose() {
      isOver = true;
      inner.dispose();
    },
    fail(error) {
      isOver = true;
      inner.fail(error);
    },
  };
}
