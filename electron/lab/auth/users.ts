import { randomBytes, randomUUID } from 'node:crypto';

import { ApiError } from '../http/apiError.ts';
import { type AclEntry, effectiveTree, grantsAt, type Grants, heldAt, rolesOf } from './acl.ts';
import { encodeBase32, isTotpCode } from './totp.ts';
import { YubiKey } from './yubiKey.ts';

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
  readonly yubiKey?: YubiKey;
  /** Set up, and answerable by a browser on the server's own address only. */
  readonly hasWebAuthn?: boolean;
  /** Token name to secret. */
  readonly tokens: Map<string, string>;
}

const ownRealms = {
  pve: 'Proxmox VE authentication server',
  pbs: 'Proxmox Backup authentication server',
  pdm: 'Proxmox Datacenter Manager authentication server',
} as const;
export type OwnRealm = keyof typeof ownRealms;

/** The product's own one tells which it is (PVE wire facts 1.1). */
export const realmsOf = (own: OwnRealm) => [
  { realm: own, type: own, comment: ownRealms[own] },
  { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication', default: 1 },
];

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
 * guests, looks at 101 only, and manages none (of a Backup Server reads one datastore and not the other), eve@pve who may
 * nothing at all, and nora@pve who may everything but what concerns one node. Then, with other second factors, yara (YubiKey), wes (WebAuthn alone) and
 * wanda (WebAuthn and recovery codes); olga comes from an OpenID provider.
 */
export class UserStore {
  readonly #users = new Map<string, User>();

  readonly ownRealm: OwnRealm;

  constructor(rootPassword: string, ownRealm: OwnRealm = 'pve') {
    this.ownRealm = ownRealm;
    const { administrator, auditor } = rolesOf[ownRealm];
    const root = newUser('root@pam', [everywhere(administrator)], rootPassword, false);
    root.tokens.set('lab', randomUUID());
    const ada = newUser(`ada@${ownRealm}`, [everywhere(administrator)], randomPassword(), true);
    const ivo = newUser(`ivo@${ownRealm}`, [everywhere(auditor)], randomPassword(), false);
    const ofUma: Record<OwnRealm, AclEntry[]> = {
      pve: [
        { path: '/vms', role: 'user', propagates: true },
        { path: '/vms/101', role: 'looker', propagates: false },
      ],
      pbs: [
        { path: '/datastore', role: 'backupReader', propagates: true },
        { path: '/datastore/backups', role: 'none', propagates: true },
      ],
      pdm: [{ path: '/resource', role: 'managerAuditor', propagates: true }],
    };
    const uma = newUser(`uma@${ownRealm}`, ofUma[ownRealm], randomPassword(), false);
    const eve = newUser(`eve@${ownRealm}`, [], randomPassword(), false);
    const nora = newUser(
      `nora@${ownRealm}`,
      [everywhere(administrator), { path: '/nodes/pve2', role: 'none', propagates: true }],
      randomPassword(),
      false,
    );
    const admin = (name: string) =>
      newUser(`${name}@${ownRealm}`, [everywhere(administrator)], randomPassword(), false);
    const yara = { ...admin('yara'), yubiKey: new YubiKey() };
    const wes = { ...admin('wes'), hasWebAuthn: true };
    const wanda = { ...admin('wanda'), hasWebAuthn: true, recoveryCodes: [recoveryCode(), recoveryCode()] };
    const olga = newUser('olga@company', [everywhere(administrator)], randomPassword(), false);
    for (const user of [root, ada, ivo, uma, eve, nora, yara, wes, wanda, olga]) this.#users.set(user.id, user);
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

  tokensOf(userId: string): { tokenid: string; privsep: number }[] {
    return [...(this.#users.get(userId)?.tokens.keys() ?? [])].map((tokenid) => ({ tokenid, privsep: 0 }));
  }

  /** The one time that its secret is told. */
  addToken(userId: string, name: string, info: { comment: string; expire: number }): Record<string, unknown> {
    const user = this.#users.get(userId);
    if (!user) throw new ApiError(500, `no such user ('${userId}')`);
    if (user.tokens.has(name)) throw ApiError.parameters({ tokenid: 'Token already exists.' });
    const value = randomUUID();
    user.tokens.set(name, value);
    return { 'full-tokenid': `${userId}!${name}`, info: { ...info, privsep: '0' }, value };
  }

  removeToken(userId: string, name: string): null {
    if (!this.#users.get(userId)?.tokens.delete(name))
      throw new ApiError(500, `no such token '${name}' for user '${userId}'`);
    return null;
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
    return effectiveTree(this.#aclOf(authId), this.ownRealm);
  }

  /** The same with a path: also where there are none. */
  permissionsAt(authId: string, path: string): Grants {
    return { [path]: heldAt(this.#aclOf(authId), path) };
  }

  #aclOf(authId: string): readonly AclEntry[] {
    const user = this.#users.get(authId.split('!')[0] ?? '');
    return user?.isEnabled === true ? user.acl : [];
  }
}

export interface ChallengeJson {
  totp?: true;
  recovery?: number[];
  yubico?: true;
  webauthn?: object;
}

/** What the half ticket asks for (PVE wire facts 1.2). Undefined: the password is enough. */
export function challengeOf(user: User): ChallengeJson | undefined {
  const unused = user.recoveryCodes.flatMap((code, index) => (code === undefined ? [] : [index]));
  const challenge: ChallengeJson = {
    ...(user.totpSecret !== undefined && !user.isTotpLocked ? { totp: true as const } : {}),
    ...(user.recoveryCodes.length > 0 ? { recovery: unused } : {}),
    ...(user.yubiKey ? { yubico: true as const } : {}),
    ...(user.hasWebAuthn ? { webauthn: publicKeyOf() } : {}),
  };
  const asks = user.totpSecret !== undefined || Object.keys(challenge).length > 0;
  return asks ? challenge : undefined;
}

const publicKeyOf = () => ({
  publicKey: {
    challenge: randomBytes(32).toString('base64url'),
    timeout: 60_000,
    rpId: 'lab.example',
    allowCredentials: [{ type: 'public-key', id: randomBytes(32).toString('base64url') }],
    userVerification: 'discouraged',
  },
});

/** Checks `totp:123456`, `recovery:xxxx-…` or `yubico:cccc…`; eight wrong codes lock TOTP till a recovery code was right. */
export function isSecondFactorRight(user: User, answer: string, nowS: number): boolean {
  const [, kind, value = ''] = /^(totp|recovery|yubico):(.*)$/.exec(answer) ?? [];
  if (kind === 'recovery') {
    const index = user.recoveryCodes.indexOf(value);
    if (index < 0) return false;
    user.recoveryCodes[index] = undefined;
    user.isTotpLocked = false;
    user.wrongCodes = 0;
    return true;
  }
  if (kind === 'yubico') return user.yubiKey?.take(value) ?? false;
  if (kind !== 'totp' || user.totpSecret === undefined || user.isTotpLocked) return false;
  const isRight = isTotpCode(user.totpSecret, value, nowS);
  user.wrongCodes = isRight ? 0 : user.wrongCodes + 1;
  user.isTotpLocked = user.wrongCodes >= WRONG_CODES_TILL_LOCK;
  return isRight;
}
