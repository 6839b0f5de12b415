import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SECRET_BYTES = 32; // can't be guessed, and fits a URL

/**
 * Who may talk to the web host. Any page on this machine's browser can send requests to loopback, so nothing is
 * answered without our cookie, and no name but the one address reaches us (DNS rebinding).
 */
export class WebGuard {
  readonly #random: (count: number) => Uint8Array;
  readonly #session: string;
  readonly #logins = new Set<string>();
  #origin = '';
  #host = '';

  constructor(random: (count: number) => Uint8Array) {
    this.#random = random;
    this.#session = this.#secret();
  }

  get origin(): string {
    return this.#origin;
  }

  /** Known once the port is. */
  setHost(host: string): void {
    this.#host = host;
    this.#origin = `http://${host}`;
  }

  /** A login URL that works once. */
  newLoginUrl(): string {
    const secret = this.#secret();
    this.#logins.add(digest(secret));
    return `${this.#origin}/login/${secret}`;
  }

  /** True once for each login URL. The secret is worthless from then on. */
  redeem(secret: string): boolean {
    return this.#logins.delete(digest(secret));
  }

  /** What the browser keeps. Cookies know no ports, so the name does. */
  get cookie(): string {
    return `${this.#cookieName}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  isHostRight(request: IncomingMessage): boolean {
    return request.headers.host === this.#host;
  }

  /** A browser always says where a WebSocket comes from; who does not say it is none. */
  isOriginRight(request: IncomingMessage): boolean {
    return request.headers.origin === this.#origin;
  }

  hasSession(request: IncomingMessage): boolean {
    const prefix = `${this.#cookieName}=`;
    for (const part of (request.headers.cookie ?? '').split(/; */)) {
      if (part.startsWith(prefix) && isSame(part.slice(prefix.length), this.#session)) return true;
    }
    return false;
  }

  get #cookieName(): string {
    return `sluice-${this.#host.split(':').at(-1) ?? ''}`;
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
