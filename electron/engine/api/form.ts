export type FormValue = string | number | boolean | undefined;
export type Form = Readonly<Record<string, FormValue>>;

/**
 * Encodes parameters for a query or a body. Every value in full: pveproxy splits at a raw `=` and `;` and cuts the
 * value there (PVE wire facts 11.13). Booleans become 0 and 1, undefined is left out.
 */
export function encodeForm(form: Form): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(form)) {
    if (value === undefined) continue;
    const text = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
    pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(text)}`);
  }
  return pairs.join('&');
}
