const maxTextBytes = 64 * 1024;

/**
 * OSC 52, `selection;base64`: the guest wants to put text on the clipboard. Undefined for everything else, above all
 * for `?`: the guest asks what is on the clipboard, and is not told.
 */
export function clipboardRequest(data: string): string | undefined {
  const separator = data.indexOf(';');
  const packed = data.slice(separator + 1);
  if (separator < 0 || packed === '' || packed === '?' || packed.length > (maxTextBytes / 3) * 4) return undefined;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // not base64 or not UTF-8: nothing a person could have copied
  }
}

/** Addresses a terminal may open. Guests print anything: `javascript:`, `file:`, other programs' schemes. */
export function openableUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url.href : undefined;
}
