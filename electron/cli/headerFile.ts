import { readFileSync } from 'node:fs';

export interface HeaderFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly proxyHeaders: Readonly<Record<string, string>>;
}

const MOST_BYTES = 16 << 10;

/** Header lines, `Name: value`; blank lines and lines that begin with # are skipped. No value gets into a message. */
export function readHeaderFile(path: string): HeaderFile {
  const headers: Record<string, string> = {};
  const proxyHeaders: Record<string, string> = {};
  const text = readText(path);
  if (Buffer.byteLength(text) > MOST_BYTES) throw new Error(`The header file ${path} is larger than 16 KiB.`);
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (!match) throw new Error(`Line ${index + 1} of the header file ${path} is no header. Write it as Name: value.`);
    const [, name = '', value = ''] = match;
    (/^proxy-/i.test(name) ? proxyHeaders : headers)[name] = value;
  }
  return { headers, proxyHeaders };
}

/** A small text file that the command line names. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new Error(`The file ${path} could not be read (${code}).`);
  }
}
