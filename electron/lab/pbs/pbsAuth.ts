import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { randomPassword } from '../auth/users.ts';

const LIFE_S = 2 * 3600;
const EARLY_S = 300;

export interface PbsIdentity {
  /** `root@pam`, or `root@pam!lab` for a token. */
  readonly authId: string;
  readonly isTicket: boolean;
}

const percentDecode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** Users, tokens, tickets and CSRF tokens of a Backup Server (PBS facts 9.1). */
export class PbsAuth {
  readonly #nowS: () => number;
  readonly #key = randomBytes(32);
  /** Only root may read the datastores; `eve@pbs` may sign in and nothing else. */
  readonly passwords: ReadonlyMap<string, string>;
  readonly tokenSecret: string = randomBytes(16).toString('hex');

  constructor(nowS: () => number, rootPassword: string | undefined) {
    this.#nowS = nowS;
    this.passwords = new Map([
      ['root@pam', rootPassword ?? randomPassword()],
      ['eve@pbs', randomPassword()],
    ]);
  }

  mayRead({ authId }: PbsIdentity): boolean {
    return authId.split('!')[0] === 'root@pam';
  }

  #sum(text: string): string {
    return createHmac('sha512', this.#key).update(text).digest('base64');
  }

  #timed(prefix: string): string {
    const hexTime = Math.floor(this.#nowS()).toString(16).toUpperCase().padStart(8, '0');
    return `${prefix}:${hexTime}`;
  }

  #isYoung(hexTime: string): boolean {
    const ageS = this.#nowS() - Number.parseInt(hexTime, 16);
    return ageS > -EARLY_S && ageS < LIFE_S;
  }

  ticket(user: string): string {
    const plain = this.#timed(`PBS:${user.replaceAll(':', '%3A')}`);
    return `${plain}::${this.#sum(plain)}`;
  }

  csrf(user: string): string {
    const plain = this.#timed('').slice(1);
    return `${plain}:${this.#sum(`${plain}:${user}`)}`;
  }

  userOf(ticket: string): string | undefined {
    const [, plain = '', user = '', hexTime = '', sum = ''] = /^(PBS:([^:]+):([0-9A-F]{8}))::(\S+)$/.exec(ticket) ?? [];
    return same(this.#sum(plain), sum) && this.#isYoung(hexTime) ? decodeURIComponent(user) : undefined;
  }

  isCsrfOf(token: string, user: string): boolean {
    const [, hexTime = '', sum = ''] = /^([0-9A-F]{8}):(\S+)$/.exec(token) ?? [];
    return same(this.#sum(`${hexTime}:${user}`), sum) && this.#isYoung(hexTime);
  }

  /** True where the password, or a ticket in its place, is right. */
  isRight(user: string, password: string): boolean {
    const known = this.passwords.get(user);
    return known !== undefined && (same(known, password) || this.userOf(password) === user);
  }

  /** By cookie, `__Host-` first, else by token. Undefined: 401. */
  identify(cookie: string, authorization: string): PbsIdentity | undefined {
    const found = ['__Host-PBSAuthCookie', 'PBSAuthCookie'].flatMap((name) => {
      const value = cookie.split(/;\s*/).find((part) => part.startsWith(`${name}=`));
      return value === undefined ? [] : [percentDecode(value.slice(name.length + 1))];
    })[0];
    if (found !== undefined) {
      const user = this.userOf(found);
      return user === undefined ? undefined : { authId: user, isTicket: true };
    }
    const [, tokenId, secret = ''] = /^PBSAPIToken[= ]([^:\s]+![^:\s]+):(\S+)$/.exec(authorization) ?? [];
    if (tokenId !== 'root@pam!lab' || !same(this.tokenSecret, percentDecode(secret))) return undefined;
    return { authId: tokenId, isTicket: false };
  }
}
