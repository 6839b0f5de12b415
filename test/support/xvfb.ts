import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

const runFile = promisify(execFile);
const MOST_BYTES = 64 << 20; // a picture of the screen

/** A display of our own, without a window manager. */
export class Xvfb {
  readonly display: string;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, display: string) {
    this.#child = child;
    this.display = display;
  }

  static async start(size = '1280x900x24'): Promise<Xvfb> {
    const args = ['-displayfd', '3', '-screen', '0', size, '-nolisten', 'tcp', '-noreset'];
    const child = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const pipe = child.stdio[3] as Readable;
    const number = await new Promise<string>((resolve, reject) => {
      pipe.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
      child.once('error', reject);
      child.once('exit', () => reject(new Error('Xvfb did not start')));
    });
    return new Xvfb(child, `:${number}`);
  }

  /** What an X program says. Nobody waits for it: what it types travels through relays of this very process. */
  async run(program: string, args: readonly string[]): Promise<string> {
    return (await this.#run(program, args)).toString();
  }

  /** The whole screen, binary PPM. */
  picture(): Promise<Buffer> {
    return this.#run('import', ['-window', 'root', '-depth', '8', 'ppm:-']);
  }

  /** Types a line as a person would, into what has the focus. Faster, and a guest's keyboard drops keys. */
  async enter(line: string): Promise<void> {
    await this.run('xdotool', ['type', '--delay', '60', line]);
    await this.run('xdotool', ['key', 'Return']);
  }

  /** Gives the keyboard to the window whose name holds the word. */
  async focus(name: string): Promise<void> {
    const found = await this.run('xdotool', ['search', '--onlyvisible', '--name', name]);
    await this.run('xdotool', ['windowfocus', '--sync', found.split('\n')[0] ?? '']);
    await this.run('xdotool', ['mousemove', '400', '400', 'click', '1']);
  }

  async #run(program: string, args: readonly string[]): Promise<Buffer> {
    const env = { ...process.env, DISPLAY: this.display };
    const { stdout } = await runFile(program, args, { env, encoding: 'buffer', maxBuffer: MOST_BYTES });
    return stdout;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) return resolve();
      this.#child.once('exit', () => resolve());
      this.#child.kill();
    });
  }
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel. */
  readonly pixels: Buffer;
}

export function readPpm(bytes: Uint8Array): Picture {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const match = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(buffer.toString('latin1', 0, 40));
  if (!match) throw new Error('this is no PPM picture');
  return { width: Number(match[1]), height: Number(match[2]), pixels: buffer.subarray(match[0].length) };
}

/** Where the smaller picture stands in the larger one, to the pixel; undefined where it does not. */
export function findPicture(whole: Picture, part: Picture): { x: number; y: number } | undefined {
  const [rowBytes, partRowBytes] = [whole.width * 3, part.width * 3];
  const isAt = (at: number) => {
    for (let row = 0; row < part.height; row += 1) {
      const from = at + row * rowBytes;
      const other = part.pixels.subarray(row * partRowBytes, (row + 1) * partRowBytes);
      if (!whole.pixels.subarray(from, from + partRowBytes).equals(other)) return false;
    }
    return true;
  };
  for (let y = 0; y + part.height <= whole.height; y += 1) {
    for (let x = 0; x + part.width <= whole.width; x += 1) {
      if (isAt(y * rowBytes + x * 3)) return { x, y };
    }
  }
  return undefined;
}
