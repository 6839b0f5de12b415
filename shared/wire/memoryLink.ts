import { BasicLink, defaultMaxFrameBytes } from './basicLink.ts';
import type { Link } from './link.ts';

export interface MemoryLinkOptions {
  readonly maxFrameBytes?: number;
  /** Runs a task soon, in order. A microtask by default. */
  readonly defer?: (task: () => void) => void;
}

/** Two joined links in one process. Frames arrive later, in order, as over a real transport. */
export function createMemoryLinkPair(options: MemoryLinkOptions = {}): [Link, Link] {
  const defer = options.defer ?? ((task: () => void) => queueMicrotask(task)); // browsers insist on no `this`
  const maxFrameBytes = options.maxFrameBytes ?? defaultMaxFrameBytes;
  const a = new MemoryLink('page in memory', maxFrameBytes, defer);
  const b = new MemoryLink('engine in memory', maxFrameBytes, defer);
  a.other = b;
  b.other = a;
  return [a, b];
}

class MemoryLink extends BasicLink {
  other: MemoryLink | undefined;
  readonly #defer: (task: () => void) => void;

  constructor(label: string, maxFrameBytes: number, defer: (task: () => void) => void) {
    super(label, maxFrameBytes);
    this.#defer = defer;
  }

  protected sendNow(frame: Uint8Array): void {
    const { other } = this;
    this.#defer(() => other?.handleFrame(frame));
  }

  protected endNow(): void {
    const { other } = this;
    this.#defer(() => other?.closeWith({ kind: 'ended' }));
  }
}
