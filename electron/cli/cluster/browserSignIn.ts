import type { LoginResult } from '../../../shared/model/session.ts';
import type { PagePeer } from '../../../shared/wire/peer.ts';
import type { Place } from './place.ts';
import type { Prompt } from './secret.ts';

/** Whether people of a realm sign in at an OpenID provider, where no password of theirs is of use. */
export async function isOpenIdRealm(page: PagePeer, address: string, realm: string): Promise<boolean> {
  const { realms } = await page.call('cluster.probe', { address });
  return realms.some((one) => one.realm === realm && one.type === 'openid');
}

/** Shows the address of the provider's page and waits until a browser of this machine has come back from it. */
export async function signInWithBrowser(
  page: PagePeer,
  where: Place,
  realm: string,
  prompt: Prompt | undefined,
): Promise<LoginResult> {
  if (!prompt) throw new Error(`${where.address} wants a sign-in in a browser. Use an API token: --token-file.`);
  const { loginId, url } = await page.call('session.startOpenId', { ...where, realm });
  prompt.tell(`Open this page in a browser on this computer within 5 minutes to sign in:\n  ${url}\n`);
  return await page.call('session.finishOpenId', { loginId });
}
