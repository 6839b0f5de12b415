import type { Realm } from '../../../shared/model/cluster.ts';

/** `ada@pve` is user `ada` of realm `pve`; the last @ counts. */
export function splitAtRealm(user: string): readonly [name: string, realm: string | undefined] {
  const at = user.lastIndexOf('@');
  return at > 0 ? [user.slice(0, at), user.slice(at + 1)] : [user, undefined];
}

/** The realm to sign in to: the wanted one where the server has it, else its default, else Linux accounts. */
export function chooseRealm(realms: readonly Realm[], wanted: string): string {
  const has = (test: (one: Realm) => boolean) => realms.find(test)?.realm;
  return (
    has(({ realm }) => realm === wanted) ??
    has((one) => one.isDefault) ??
    has(({ realm }) => realm === 'pam') ??
    realms[0]?.realm ??
    ''
  );
}

export const realmChoices = (realms: readonly Realm[]) =>
  realms.map(({ realm, comment, type }) => ({ value: realm, label: comment || realm, hint: comment ? realm : type }));
