import { ApiError } from './apiError.ts';

export type FormValue = string | readonly string[];
export type FormValues = Map<string, FormValue>;

const decode = (text: string): string => {
  const spaced = text.replaceAll('+', ' ');
  const bytes = spaced.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
};

/** Adds a value; the same key again makes a list. */
const add = (values: FormValues, key: string, value: string): void => {
  const before = values.get(key);
  values.set(key, before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value]);
};

/**
 * The server's own form parser: `&` and `;` separate, a value ends at a raw `=`, `+` is a space (PVE wire facts 11,
 * row 13). `latin1` holds one character a byte.
 */
export function parseForm(latin1: string): FormValues {
  const values: FormValues = new Map();
  for (const pair of latin1.split(/[&;]/)) {
    const [key = '', value] = pair.split('=');
    if (key === '' || value === undefined) continue;
    add(values, decode(key), decode(value));
  }
  return values;
}

const toText = (value: unknown): string => {
  if (value === true) return '1';
  if (value === false || value === null) return '0';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const parseJson = (body: Uint8Array): FormValues => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new ApiError(500, 'malformed JSON string, neither tag, array, object, number, string or atom');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ApiError(500, 'Not a HASH reference');
  }
  const values: FormValues = new Map();
  for (const [key, value] of Object.entries(parsed)) {
    values.set(key, Array.isArray(value) ? value.map(toText) : toText(value));
  }
  return values;
};

/** A request's body by its content type; anything unknown is 506 (row 11). */
export function parseBody(contentType: string, body: Uint8Array): FormValues {
  if (body.length === 0) return new Map();
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || type === 'application/x-www-form-urlencoded') {
    return parseForm(Buffer.from(body).toString('latin1'));
  }
  if (type === 'application/json') return parseJson(body);
  throw new ApiError(506, `upload 'Content-Type '${contentType}' not implemented`);
}
