import type { User } from './auth/users.ts';
import type { KeyAccount } from './labTypes.ts';

/** An account as its owner knows it. */
export function describeKeys(user: User): KeyAccount {
  const { id, password, recoveryCodes, yubiKey } = user;
  return {
    username: id,
    password,
    recoveryCodes: recoveryCodes.filter((code) => code !== undefined),
    ...(yubiKey && { touch: () => yubiKey.touch() }),
  };
}
