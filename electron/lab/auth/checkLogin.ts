import { ApiError } from '../http/apiError.ts';
import type { TicketOffice } from './tickets.ts';
import { type ChallengeJson, challengeOf, isSecondFactorRight, type User, type UserStore } from './users.ts';

const refuse = (): ApiError => new ApiError(401, 'authentication failure');

/** Throws 401: why not is told to nobody. */
export function enabledUser(users: UserStore, userId: string): User {
  const user = users.get(userId);
  if (user === undefined || !user.isEnabled) throw refuse();
  return user;
}

export interface LoginForm {
  readonly user: User;
  /** Or a ticket that is still good, or with `half` the second factor. */
  readonly password: string;
  readonly half?: string | undefined;
  readonly otp?: string | undefined;
}

/** Undefined: signed in. Else what is asked for next. Throws 401 (PVE wire facts 1.2, 9.1). */
export function checkLogin(
  { tickets, nowS }: { readonly tickets: TicketOffice; readonly nowS: number },
  { user, password, half, otp }: LoginForm,
): ChallengeJson | undefined {
  if (half !== undefined) {
    if (!tickets.isHalfOf(half, user.id) || !isSecondFactorRight(user, password, nowS)) throw refuse();
    return undefined;
  }
  const owner = tickets.userOf(password);
  if (owner === user.id || owner === 'root@pam') return undefined;
  if (password !== user.password) throw refuse();
  const challenge = challengeOf(user);
  if (challenge === undefined || otp === undefined) return challenge;
  if (!isSecondFactorRight(user, otp, nowS)) throw refuse();
  return undefined;
}
