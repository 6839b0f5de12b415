import { randomBytes, randomUUID } from 'node:crypto';

import { encodeBase32, isTotpCode } from './totp.ts';

export type Role = 'administrator' | 'auditor';

const AUDITOR_PRIVILEGES = ['VM.Audit', 'Sys.Audit', 'Datastore.Audit', 'Pool.Audit'];
const WRONG_CODES_TILL_LOCK = 8;

export interface User {
  /** `root@pam` */
  readonly id: string;
  readonly password: string;
  readonly role: Role;
  isEnabled: boolean;
  /** Base32; absent: no second factor. */
  readonly totpSecret?: string;
  isTotpLocked: boolean;
  wrongCodes: number;
  /** Unused ones are strings, used ones undefined. */
  readonly recoveryCodes: (string | undefined)[];
  /** Token name to secret. */
  readonly tokens: Map<string, string>;
}

export const realms = [
  { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' },
  { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication', default: 1 },
] as const;

/** Without characters that look alike: people read it from a terminal and type it. */
export const randomPassword = (): string => {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  return [...randomBytes(12)].map((byte) => alphabet[byte % 32]).join('');
};

const recoveryCode = (): string =>
  randomBytes(8)
    .toString('hex')
    .replace(/(.{4})(?=.)/g, '$1-');

const newUser = (id: string, role: Role, password: string, totp: boolean): User => ({
  id,
  role,
  password,
  isEnabled: true,
  ...(totp ? { totpSecret: encodeBase32(randomBytes(20)) } : {}),
  isTotpLocked: false,
  wrongCodes: 0,
  recoveryCodes: totp ? [recoveryCode(), recoveryCode(), recoveryCode()] : [],
  tokens: new Map(),
});

/** Who may sign in: root@pam, ada@pve with a second factor, and ivo@pve who may look but not touch. */
export class UserStore {
  readonly #users = new Map<string, User>();

  constructor(rootPassword: string) {
    const root = newUser('root@pam', 'administrator', rootPassword, false);
    root.tokens.set('lab', randomUUID());
    const ada = newUser('ada@pve', 'administrator', randomPassword(), true);
    const ivo = newUser('ivo@pve', 'auditor', randomPassword(), false);
    for (const user of [root, ada, ivo]) this.#users.set(user.id, user);
  }

  get(id: string): User | undefined {
    return this.#users.get(id);
  }

  /** `root@pam!lab` and its secret. */
  isToken(tokenId: string, secret: string): boolean {
    const [userId = '', name = ''] = tokenId.split('!');
    const user = this.#users.get(userId);
    return user?.isEnabled === true && user.tokens.get(name) === secret;
  }

  /** `authId` is a user or a token of one. */
  may(authId: string, privilege: string): boolean {
    const user = this.#users.get(authId.split('!')[0] ?? '');
    if (user === undefined || !user.isEnabled) return false;
    return user.role === 'administrator' || AUDITOR_PRIVILEGES.includes(privilege);
  }
}

/** What the half ticket asks for. */
export function challengeOf(user: User): { totp?: true; recovery?: number[] } {
  const unused = user.recoveryCodes.flatMap((code, index) => (code === undefined ? [] : [index]));
  return {
    ...(user.totpSecret !== undefined && !user.isTotpLocked ? { totp: true as const } : {}),
    ...(user.recoveryCodes.length > 0 ? { recovery: unused } : {}),
  };
}

/** Checks `totp:123456` or `recovery:xxxx-…`; eight wrong codes lock TOTP till a recovery code was right. */
export function isSecondFactorRight(user: User, answer: string, nowS: number): boolean {
  const [, kind, value = ''] = /^(totp|recovery):(.*)$/.exec(answer) ?? [];
  if (kind === 'recovery') {
    const index = user.recoveryCodes.indexOf(value);
    if (index < 0) return false;
    user.recoveryCodes[index] = undefined;
    user.isTotpLocked = false;
    user.wrongCodes = 0;
    return true;
  }
  if (kind !== 'totp' || user.totpSecret === undefined || user.isTotpLocked) return false;
  const isRight = isTotpCode(user.totpSecret, value, nowS);
  user.wrongCodes = isRight ? 0 : user.wrongCodes + 1;
  user.isTotpLocked = user.wrongCodes >= WRONG_CODES_TILL_LOCK;
  return isRight;
}
