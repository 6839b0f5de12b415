/** The one address under which browsers reach the web host. */
export interface PublicAddress {
  readonly origin: string;
  /** As browsers send it: without the port where it is the scheme's own. */
  readonly host: string;
  readonly isSecure: boolean;
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Reads the address of a reverse proxy in front of the web host. Throws an Error with a sentence for people. Anything
 * but HTTPS would carry passwords in the clear, so plain HTTP is for this machine only.
 */
export function readPublicUrl(text: string): PublicAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new Error(`'${text}' is no address like https://sluice.example`);
  }
  const isSecure = url.protocol === 'https:';
  if (!isSecure && !loopback.test(url.hostname)) {
    throw new Error(`'${text}' would carry passwords in the clear, it has to be https://`);
  }
  const isPlain = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!isPlain || url.password !== '') {
    throw new Error(
      `'${text}' has more than a scheme, a name and a port; Sluice is served at the root of its own name`,
    );
  }
  return { origin: url.origin, host: url.host, isSecure };
}
