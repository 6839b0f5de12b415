import { AppError } from '../../base/errors.ts';

/** Names and values of one group of a key file, in order. */
export type KeyFields = ReadonlyMap<string, string>;

const MAX_CHARACTERS = 64 << 10; // a real one has some 3,000, most of them a certificate
const MAX_FIELDS = 200;
const namePattern = /^[a-z][a-z0-9-]{0,63}$/;
// Control characters but tab, LF and CR, which are escaped; halves of characters.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ud800-\udfff]/u;

const escapes: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };

/**
 * Reads a key file as GLib writes it: one group, `name=value` lines, `#` comments, escapes `\s \n \t \r \\`. Strict:
 * throws `invalid` for another group, a second one, a name twice, a wrong escape, or what is no line of such a file.
 */
export function parseKeyFile(text: string, group: string): KeyFields {
  if (text.length > MAX_CHARACTERS) throw wrong('It is too long');
  const fields = new Map<string, string>();
  let isInGroup = false;
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (!isInGroup) {
      if (line.trim() !== `[${group}]`) throw wrong(`It does not begin with [${group}]`);
      isInGroup = true;
      continue;
    }
    const [name, value] = parseLine(line, at + 1);
    if (fields.has(name)) throw wrong(`Line ${at + 1} names ${name} again`);
    if (fields.size >= MAX_FIELDS) throw wrong('It has too many lines');
    fields.set(name, value);
  }
  if (!isInGroup) throw wrong(`It does not begin with [${group}]`);
  return fields;
}

/** Throws `invalid` for a name or a value that cannot stand in a key file. */
export function formatKeyFile(group: string, fields: KeyFields): string {
  const lines = [...fields].map(([name, value]) => {
    if (!namePattern.test(name)) throw wrong('A name in it has characters that it may not have');
    if (forbidden.test(value)) throw wrong(`${name} holds control characters`);
    return `${name}=${escaped(value)}\n`;
  });
  return `[${group}]\n${lines.join('')}`;
}

function parseLine(line: string, number: number): readonly [name: string, value: string] {
  const at = line.indexOf('=');
  const name = line.slice(0, Math.max(0, at)).trimEnd();
  if (!namePattern.test(name)) throw wrong(`Line ${number} is no name=value`);
  const value = line.slice(at + 1).replace(/^[ \t]+/, ''); // as GLib: other blanks, such as U+00A0, are text
  if (forbidden.test(value) || value.includes('\r')) throw wrong(`Line ${number} holds control characters`);
  return [name, unescaped(value, number)];
}

function unescaped(value: string, number: number): string {
  return value.replace(/\\(.?)/gs, (_, character: string) => {
    const meant = escapes[character];
    if (meant === undefined) throw wrong(`Line ${number} has an unknown escape`);
    return meant;
  });
}

/** A blank is lost at the beginning of a value only. */
function escaped(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(/^ /, '\\s');
}

function wrong(what: string): AppError {
  return new AppError('invalid', `This is not a connection file for a viewer. ${what}.`);
}
