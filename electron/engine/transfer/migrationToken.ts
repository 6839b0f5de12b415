import * as z from 'zod/mini';

import { AppError } from '../../../shared/base/errors.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import type { MadeToken } from './transferRecord.ts';

const LIFE_S = 7 * 24 * 3600; // ends by itself, should we never be able to remove it; a long migration takes hours

const tokenAnswer = z.object({ 'full-tokenid': z.string(), value: z.string() });

/** The name under which a token will be made: known beforehand, so that it can be remembered first. */
export function planToken(target: ClusterSession, id: string): MadeToken {
  const [user = ''] = target.user.split('!');
  return { clusterId: target.id, user, name: `sluice-${id}` };
}

const pathOf = ({ user, name }: MadeToken) =>
  `/access/users/${encodeURIComponent(user)}/token/${encodeURIComponent(name)}`;

/** Makes it with all that its user may: it has to allocate guests, volumes and networks (PVE wire facts 8.1). */
export async function makeToken(
  target: ClusterSession,
  token: MadeToken,
  nowMs: number,
  signal: AbortSignal,
): Promise<{ tokenId: string; secret: string }> {
  const expire = Math.floor(nowMs / 1000) + LIFE_S;
  const form = { privsep: false, expire, comment: 'Made by Sluice for a migration, and removed behind it' };
  const made = await target.api.post(pathOf(token), tokenAnswer, { form, signal });
  return { tokenId: made['full-tokenid'], secret: made.value };
}

/** One that is not there is as good as removed. */
export async function removeToken(target: ClusterSession, token: MadeToken): Promise<void> {
  try {
    await target.api.delete(pathOf(token), z.unknown());
  } catch (error) {
    if (!/no such (token|user)/i.test(AppError.from(error).message)) throw error;
  }
}
