import { floodBytes } from './flood.ts';

/** A file is text, or a name for bytes that are made while they are read. */
export type FileContent = { readonly text: string } | { readonly madeBytes: number };

const BIG_LOG_BYTES = 200 << 20;
const MAX_WRITTEN_CHARACTERS = 1 << 20;

const readme = `This is the shell of a demo guest. It lives inside Sluice and nothing here can break.

  help          what it understands
  colours       16, 256 and 16.7 million colours
  cat unicode.txt
  top           moves until you press q
  cat big.log   200 MiB as fast as you can read; Ctrl-C stops it
  flood 1G      any amount, ends with a checksum line
`;

const unicode = `Latin       Grüße, señor, naïve façade, Łódź, Ærøskøbing
Greek       Ξεσκεπάζω τὴν ψυχοφθόρα βδελυγμία
Cyrillic    Съешь ещё этих мягких французских булок
CJK (wide)  你好，世界 · こんにちは世界 · 안녕하세요
Emoji       🚀 🌊 ✅ ⚡ 🐧 👋🏽
Combining   é = e + ́, ñ = n + ̃
Box         ┌────────┬────────┐
            │ sluice │ 水門   │
            └────────┴────────┘
Braille     ⣿⣷⣶⣤⣀  blocks ▁▂▃▄▅▆▇█
`;

/** The few files of the guest, and those the person writes. */
export class FileTree {
  readonly #files = new Map<string, FileContent>();

  constructor(hostname: string) {
    const os = 'NAME="Sluice Lab"\nID=sluicelab\nPRETTY_NAME="Sluice Lab 1"\nHOME_URL="https://localhost/"\n';
    this.#files.set('/etc/hostname', { text: `${hostname}\n` });
    this.#files.set('/etc/hosts', { text: `127.0.0.1\tlocalhost\n127.0.1.1\t${hostname}\n` });
    this.#files.set('/etc/os-release', { text: os });
    this.#files.set('/etc/passwd', { text: 'root:x:0:0:root:/root:/bin/sh\n' });
    this.#files.set('/root/readme.txt', { text: readme });
    this.#files.set('/root/unicode.txt', { text: unicode });
    this.#files.set('/root/big.log', { madeBytes: floodBytes(BIG_LOG_BYTES) });
    this.#files.set('/var/log/boot.log', { text: bootLog(hostname) });
  }

  resolve(cwd: string, path: string): string {
    const parts: string[] = [];
    const whole = path.startsWith('~') ? `/root${path.slice(1)}` : path.startsWith('/') ? path : `${cwd}/${path}`;
    for (const part of whole.split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return `/${parts.join('/')}`;
  }

  read(path: string): FileContent | undefined {
    return this.#files.get(path);
  }

  isDirectory(path: string): boolean {
    const prefix = path === '/' ? '/' : `${path}/`;
    return path === '/' || [...this.#files.keys()].some((name) => name.startsWith(prefix));
  }

  /** Names in a directory, those of directories ending in `/`. */
  list(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    const names = [...this.#files.keys()].filter((name) => name.startsWith(prefix));
    const entries = names.map((name) => name.slice(prefix.length).replace(/\/.*/, '/'));
    return [...new Set(entries)].toSorted();
  }

  /** False when it would grow too large. */
  write(path: string, text: string): boolean {
    if (text.length > MAX_WRITTEN_CHARACTERS || this.isDirectory(path)) return false;
    this.#files.set(path, { text });
    return true;
  }

  remove(path: string): boolean {
    return this.#files.delete(path);
  }
}

function bootLog(hostname: string): string {
  const steps = [
    'Mounted /proc and /sys',
    'Started device manager',
    `Set hostname to ${hostname}`,
    'Reached target network',
    'Started secure shell',
    'Reached target multi-user',
  ];
  return steps.map((step, i) => `[\x1b[32m  OK  \x1b[0m] ${step}${i === 1 ? ' (12 devices)' : ''}\n`).join('');
}
