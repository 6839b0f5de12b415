import type { Disposable } from '../../../shared/base/lifecycle.ts';

// Chromium drops the oldest of more than 16 contexts of a page; others may use some too.
const maxLeases = 8;

export interface WebglUser {
  /** May draw with WebGL from now on. */
  grant(): void;
  /** Gives it up at once, for somebody who is in front now. */
  revoke(): void;
}

/** Who of all terminals may hold a WebGL context: those that were shown last. */
export class WebglLeases {
  readonly #most: number;
  readonly #users: WebglUser[] = [];

  constructor(most = maxLeases) {
    this.#most = most;
  }

  get count(): number {
    return this.#users.length;
  }

  /** The lease is given back when it is disposed. Asked for again while held, it only becomes the newest. */
  take(user: WebglUser): Disposable {
    const held = this.#users.indexOf(user);
    if (held >= 0) this.#users.splice(held, 1);
    else if (this.#users.length === this.#most) this.#users.shift()?.revoke();
    this.#users.push(user);
    if (held < 0) user.grant();
    return { dispose: () => this.#release(user) };
  }

  #release(user: WebglUser): void {
    const at = this.#users.indexOf(user);
    if (at >= 0) this.#users.splice(at, 1);
  }
}

export const webglLeases = new WebglLeases();

let hasHardware: boolean | undefined;

/** False on software GL, where xterm's WebGL renderer is 5 to 9 times slower than its DOM renderer. */
export function hasHardwareWebgl(): boolean {
  hasHardware ??= !/swiftshader|llvmpipe|softpipe|software|basic render|none/i.test(rendererName());
  return hasHardware;
}

function rendererName(): string {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return 'none';
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // it would count until it is collected
  return String(name);
}
