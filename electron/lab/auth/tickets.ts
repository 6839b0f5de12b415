import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const TICKET_LIFE_S = 2 * 3600;
export const CHALLENGE_LIFE_S = 120;
const SLOW_CHALLENGE_LIFE_S = 600; // of Backup Server and Datacenter Manager
const CONSOLE_TICKET_LIFE_S = 40;
const EARLY_S = 300; // clocks of cluster nodes may differ by five minutes
const CONSOLE_EARLY_S = 20;
const SPICE_TICKET_LIFE_S = 40;
const KEPT_SECRETS = 2_000;

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** 256 bytes, so 344 characters, as an RSA-2048 signature has. */
const signText = (key: Buffer, text: string): string =>
  Buffer.concat([0, 1, 2, 3].map((part) => createHmac('sha512', key).update(`${part}:${text}`).digest())).toString(
    'base64',
  );

const encodeUser = (user: string): string => user.replaceAll(':', '%3A');

/** `PVE`, and of the other products `PBS` and `PDM`. */
export type TicketPrefix = 'PVE' | 'PBS' | 'PDM';

/** Makes and checks the cluster's tickets (PVE wire facts 1.2 to 1.4, 3.1). Nothing is remembered: signatures tell. */
export class TicketOffice {
  readonly #nowS: () => number;
  readonly #prefix: TicketPrefix;
  #keys = [randomBytes(64)];
  #csrfKey = randomBytes(32);
  /** Every secret that was handed out, newest last, so that tests can look where it went. */
  readonly issued: string[] = [];

  constructor(nowS: () => number, prefix: TicketPrefix = 'PVE') {
    this.#nowS = nowS;
    this.#prefix = prefix;
  }

  /** The daily key change. Login tickets of the key before stay valid, console tickets do not. */
  rotateKey(): void {
    this.#keys = [randomBytes(64), ...this.#keys.slice(0, 1)];
  }

  /** Makes every ticket worthless, as when the cluster's key is replaced. */
  forgetKeys(): void {
    this.#keys = [randomBytes(64)];
  }

  #hexNow(): string {
    return Math.floor(this.#nowS()).toString(16).toUpperCase().padStart(8, '0');
  }

  #assemble(plain: string, secret: string): string {
    return this.note(`${plain}::${signText(this.#keys[0] as Buffer, `${plain}|${secret}`)}`);
  }

  /** Takes a secret that somebody else made into the list. */
  note(secret: string): string {
    this.issued.push(secret);
    if (this.issued.length > KEPT_SECRETS) this.issued.shift();
    return secret;
  }

  /** The signed part, when the signature and the age fit. */
  #check(ticket: string, secret: string, lifeS: number, earlyS: number, keys: readonly Buffer[]): string | undefined {
    const match = /^(.*:([0-9A-F]{8}))::([A-Za-z0-9+/=]+)$/s.exec(ticket);
    const [, plain, hexTime, signature] = match ?? [];
    if (plain === undefined || hexTime === undefined || signature === undefined) return undefined;
    if (!keys.some((key) => same(signText(key, `${plain}|${secret}`), signature))) return undefined;
    const ageS = this.#nowS() - Number.parseInt(hexTime, 16);
    return ageS > -earlyS && ageS < lifeS ? plain : undefined;
  }

  login(user: string): string {
    return this.#assemble(`${this.#prefix}:${encodeUser(user)}:${this.#hexNow()}`, '');
  }

  /** The user of a full ticket that is still good. */
  userOf(ticket: string): string | undefined {
    const plain = this.#check(ticket, '', TICKET_LIFE_S, EARLY_S, this.#keys);
    const [, prefix, user] = /^(\w+):([^:]+):[0-9A-F]{8}$/.exec(plain ?? '') ?? [];
    return prefix !== this.#prefix || user === undefined || user.startsWith('!tfa!')
      ? undefined
      : decodeURIComponent(user);
  }

  /** A half ticket: the first factor was right, `challenge` says what else is asked. */
  half(user: string, challenge: object): string {
    const json = JSON.stringify(challenge);
    const text = this.#prefix === 'PVE' ? json.replaceAll(':', '%3A') : encodeURIComponent(json);
    return this.#assemble(`${this.#prefix}:!tfa!${text}:${this.#hexNow()}`, user);
  }

  isHalfOf(ticket: string, user: string): boolean {
    const lifeS = this.#prefix === 'PVE' ? CHALLENGE_LIFE_S : SLOW_CHALLENGE_LIFE_S;
    const plain = this.#check(ticket, user, lifeS, EARLY_S, this.#keys);
    return plain?.startsWith(`${this.#prefix}:!tfa!`) ?? false;
  }

  csrf(user: string): string {
    const hexTime = this.#hexNow();
    return this.note(`${hexTime}:${this.#csrfSum(hexTime, user)}`);
  }

  #csrfSum(hexTime: string, user: string): string {
    return createHmac('sha256', this.#csrfKey).update(`${hexTime}:${user}`).digest('base64').replace(/=+$/, '');
  }

  isCsrfOf(token: string, user: string): boolean {
    const [, hexTime = '', sum = ''] = /^([0-9A-F]{8}):(\S+)$/.exec(token) ?? [];
    if (hexTime === '' || !same(this.#csrfSum(hexTime, user), sum)) return false;
    const ageS = this.#nowS() - Number.parseInt(hexTime, 16);
    return ageS > -EARLY_S && ageS < TICKET_LIFE_S;
  }

  /** `boundTo` is `user:path`, with `:port` on new servers. */
  console(boundTo: string): string {
    return this.#assemble(`PVEVNC:${this.#hexNow()}`, boundTo);
  }

  /** The host name a SPICE viewer gives: who may be reached is in it (PVE wire facts 5.1). All of it in lower case. */
  spice(vmid: number, node: string, port: number): string {
    const hexTime = this.#hexNow().toLowerCase();
    const plain = `pvespiceproxy:${hexTime}:${vmid}:${node.toLowerCase()}:${port}`;
    return `${plain}::${this.#spiceSum(plain)}`;
  }

  isSpiceTicket(ticket: string, port: number): boolean {
    const [, plain = '', hexTime = '', ticketPort, sum = ''] =
      /^(pvespiceproxy:([0-9a-f]{8}):\d+:[a-z0-9.-]+:(\d+))::([0-9a-f]{40})$/.exec(ticket) ?? [];
    if (Number(ticketPort) !== port || !same(this.#spiceSum(plain), sum)) return false;
    const ageS = this.#nowS() - Number.parseInt(hexTime, 16);
    return ageS > -CONSOLE_EARLY_S && ageS < SPICE_TICKET_LIFE_S;
  }

  #spiceSum(plain: string): string {
    return createHmac('sha1', this.#keys[0] as Buffer)
      .update(plain)
      .digest('hex');
  }

  /** Of a migration's tunnel (PVE wire facts 8.2). `boundTo` is `user:/socket/path`. */
  tunnel(boundTo: string): string {
    return this.#assemble(`PVETUNNEL:${this.#hexNow()}`, boundTo);
  }

  isTunnelTicket(ticket: string, boundTo: string): boolean {
    if (!ticket.startsWith('PVETUNNEL:')) return false;
    const keys = this.#keys.slice(0, 1);
    return this.#check(ticket, boundTo, CONSOLE_TICKET_LIFE_S, CONSOLE_EARLY_S, keys) !== undefined;
  }

  isConsoleTicket(ticket: string, boundTo: string): boolean {
    const keys = this.#keys.slice(0, 1);
    return this.#check(ticket, boundTo, CONSOLE_TICKET_LIFE_S, CONSOLE_EARLY_S, keys) !== undefined;
  }
}
