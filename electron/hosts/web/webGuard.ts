import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { PublicAddress } from './publicAddress.ts';

const SECRET_BYTES = 32; // can't be guessed, and fits a URL

/**
 * Who may talk to the web host. Any page on this machine's browser can send requests to loopback, so nothing is
 * answered without our cookie, and no name but the one address reaches us (DNS rebinding). Behind a proxy that one is
 * the proxy's; what proxies say about a request (`Forwarded`, `X-Forwarded-*`) is read nowhere and so changes nothing.
 */
export class WebGuard {
  readonly #random: (count: number) => Uint8Array;
  readonly #session: string;
  readonly #logins = new Set<string>();
  #address: PublicAddress = { origin: '', host: '', isSecure: false };

  constructor(random: (count: number) => Uint8Array) {
    this.#random = random;
    this.#session = this.#secret();
  }

  get origin(): string {
    return this.#address.origin;
  }

  /** Known once the port is. */
  setAddress(address: PublicAddress): void {
    this.#address = address;
  }

  /** A login URL that works once. */
  newLoginUrl(): string {
    const secret = this.#secret();
    this.#logins.add(digest(secret));
    return `${this.origin}/login/${secret}`;
  }

  /** True once for each login URL. The secret is worthless from then on. */
  redeem(secret: string): boolean {
    return this.#logins.delete(digest(secret));
  }

  /** What the browser keeps. Cookies know no ports, so the name does; `__Host-` is taken over HTTPS only. */
  get cookie(): string {
    const secure = this.#address.isSecure ? '; Secure' : '';
    return `${this.#cookieName}=${this.#session}; Path=/; HttpOnly; SameSite=Strict${secure}`;
  }

  isHostRight(request: IncomingMessage): boolean {
    return request.headers.host === this.#address.host;
  }

  /** A browser always says where a WebSocket comes from; who does not say it is none. */
  isOriginRight(request: IncomingMessage): boolean {
    return request.headers.origin === this.origin;
  }

  hasSession(request: IncomingMessage): boolean {
    const prefix = `${this.#cookieName}=`;
    for (const part of (request.headers.cookie ?? '').split(/; */)) {
      if (part.startsWith(prefix) && isSame(part.slice(prefix.length), this.#session)) return true;
    }
    return false;
  }

  get #cookieName(): string {
    const { host, isSecure } = this.#address;
    const port = /:(\d+)$/.exec(host)?.[1] ?? (isSecure ? '443' : '80');
    return `${isSecure ? '__Host-' : ''}sluice-${port}`;
  }

  #secret(): string {
    return Buffer.from(this.#random(SECRET_BYTES)).toString('base64url');
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** Compares in a time that tells nothing. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));
}
