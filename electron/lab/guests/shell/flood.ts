import { crc32 } from './crc32.ts';

// One chunk is a whole number of lines and a little under 64 KiB, which is what streams move at once.
const LINE_BYTES = 80;
const LINES_PER_CHUNK = 819;
const DIGITS = 10;
const services = ['kernel', 'sshd', 'nginx', 'systemd', 'postgres', 'cron', 'dhclient', 'chronyd'];
const events = [
  'accepted connection',
  'wrote checkpoint',
  'renewed lease',
  'request served',
  'rotated log',
  'synchronised clock',
];

/** A size in bytes rounded up to whole lines. */
export function floodBytes(wantedBytes: number): number {
  return Math.ceil(wantedBytes / LINE_BYTES) * LINE_BYTES;
}

/**
 * Numbered lines of 80 bytes (CR and LF included), then one line that lets a reader prove that every byte came:
 * `#end lines=N bytes=N crc32=XXXXXXXX` over all bytes before it. Made chunk by chunk, nothing is kept.
 */
export function* flood(bytes: number): Generator<Buffer, void, void> {
  const lines = floodBytes(bytes) / LINE_BYTES;
  const pattern = chunkPattern();
  let crc = 0;
  for (let first = 1; first <= lines; first += LINES_PER_CHUNK) {
    const count = Math.min(LINES_PER_CHUNK, lines - first + 1);
    const chunk = Buffer.allocUnsafeSlow(count * LINE_BYTES);
    pattern.copy(chunk, 0, 0, chunk.length);
    for (let i = 0; i < count; i++) writeNumber(chunk, i * LINE_BYTES, first + i);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  yield Buffer.from(`${floodEnd(lines, crc)}\r\n`);
}

export function floodEnd(lines: number, crc: number): string {
  return `#end lines=${lines} bytes=${lines * LINE_BYTES} crc32=${crc.toString(16).padStart(8, '0')}`;
}

/** The lines of a chunk without their numbers; they repeat only as a whole. */
function chunkPattern(): Buffer {
  const lines = Array.from({ length: LINES_PER_CHUNK }, (_, i) => {
    const service = services[(i * 7) % services.length];
    const event = events[(i * 5) % events.length];
    const text = ` ${service}[${200 + ((i * 37) % 800)}]: ${event}, ${(i * 17) % 100} ms, ${(i * 911) % 65536} bytes`;
    return `${'0'.repeat(DIGITS)}${text}`.padEnd(LINE_BYTES - 2, ' .').slice(0, LINE_BYTES - 2);
  });
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

function writeNumber(chunk: Buffer, at: number, value: number): void {
  for (let i = at + DIGITS - 1; i >= at; i--) {
    chunk[i] = 48 + (value % 10);
    value = Math.floor(value / 10);
  }
}
