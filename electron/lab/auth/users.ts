import { randomBytes, randomUUID } from 'node:crypto';

import { type AclEntry, effectiveTree, grantsAt, type Grants } from './acl.ts';
import { encodeBase32, isTotpCode } from './totp.ts';
const WRONG_CODES_TILL_LOCK = 8;

export interface User {
  /** `root@pam` */
  readonly id: string;
  readonly password: string;
  readonly acl: AclEntry[];
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

const newUser = (id: string, acl: AclEntry[], password: string, totp: boolean): User => ({
  id,
  acl,
  password,
  isEnabled: true,
  ...(totp ? { totpSecret: encodeBase32(randomBytes(20)) } : {}),
  isTotpLocked: false,
  wrongCodes: 0,
  recoveryCodes: totp ? [recoveryCode(), recoveryCode(), recoveryCode()] : [],
  tokens: new Map(),
});

const everywhere = (role: AclEntry['role']): AclEntry => ({ path: '/', role, propagates: true });

/**
 * Who may sign in: root@pam, ada@pve with a second factor, ivo@pve who may look but not touch, and uma@pve who uses all
 * guests, looks at 101 only, and manages none.
 */
export class UserStore {
  readonly #users = new Map<string, User>();

  constructor(rootPassword: string) {
    const root = newUser('root@pam', [everywhere('administrator')], rootPassword, false);
    root.tokens.set('lab', randomUUID());
    const ada = newUser('ada@pve', [everywhere('administrator')], randomPassword(), true);
    const ivo = newUser('ivo@pve', [everywhere('auditor')], randomPassword(), false);
    const ofUma: AclEntry[] = [
      { path: '/vms', role: 'user', propagates: true },
      { path: '/vms/101', role: 'looker', propagates: false },
    ];
    const uma = newUser('uma@pve', ofUma, randomPassword(), false);
    for (const user of [root, ada, ivo, uma]) this.#users.set(user.id, user);
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

  /** `authId` is a user or a token of one; without a path, whether they may at `/`. */
  may(authId: string, privilege: string, path = '/'): boolean {
    return grantsAt(this.#aclOf(authId), path).has(privilege);
  }

  /** Whether they may anywhere, as the coarse map of a login answer says it. */
  mayAnywhere(authId: string, privilege: string): boolean {
    return Object.values(this.permissions(authId)).some((grants) => privilege in grants);
  }

  /** As `GET /access/permissions` gives them: by path, 1 where they also count below it. */
  permissions(authId: string): Grants {
    return effectiveTree(this.#aclOf(authId));
  }

  #aclOf(authId: string): readonly AclEntry[] {
    const user = this.#users.get(authId.split('!')[0] ?? '');
    return user?.isEnabled === true ? user.acl : [];
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
