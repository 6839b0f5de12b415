import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Disposable } from '../../../shared/base/lifecycle.ts';

/**
 * A file with a secret for one program to read once: mode 0600, in a folder of its own with mode 0700. Dispose it as
 * soon as it was read; it goes at the latest with this process.
 */
export class PrivateFile implements Disposable {
  readonly path: string;
  readonly #folder: string;
  readonly #remove = () => rmSync(this.#folder, { recursive: true, force: true });
  #isDisposed = false;

  constructor(name: string, content: Uint8Array | string) {
    this.#folder = mkdtempSync(join(privatePlace(), 'sluice-viewer-'));
    chmodSync(this.#folder, 0o700);
    this.path = join(this.#folder, name);
    process.on('exit', this.#remove);
    writeFileSync(this.path, content, { mode: 0o600, flag: 'wx' });
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    process.off('exit', this.#remove);
    this.#remove();
  }
}

/** The user's folder in memory where there is one: what is removed there is gone. */
function privatePlace(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return runtime && existsSync(runtime) ? runtime : tmpdir();
}
