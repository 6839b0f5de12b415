import * as z from 'zod/mini';

import { AppError } from '../../../shared/base/errors.ts';
import type { SecondFactorKind } from '../../../shared/model/session.ts';
import { type Product, products } from '../../../shared/model/product.ts';
import type { ApiClient } from '../api/apiClient.ts';
import type { Credentials } from '../api/credentials.ts';
import { tryJson } from '../api/answerError.ts';
import type { Form } from '../api/form.ts';
import { challengeJson, type TicketAnswer, ticketAnswer, versionAnswer } from '../api/schemas.ts';

const LOGIN_TIMEOUT_MS = 30_000; // a refusal alone takes 3 s (PVE wire facts 1.2)

/** A full ticket and what came with it. */
export interface Grant {
  /** `root@pam`. */
  readonly user: string;
  readonly ticket: string;
  readonly csrf: string;
  /** Its name where the ticket came in a cookie; it is sent back under the same. */
  readonly cookie?: string | undefined;
  readonly clusterName?: string | undefined;
}

/** What a session signs with: a ticket, or an API token, which is never renewed. */
export type SignIn = Grant | { readonly user: string; readonly token: string };

export const credentialsOf = ({ user, ticket, csrf, cookie }: Grant, product: Product): Credentials => ({
  kind: 'ticket',
  ...{ user, product, ticket, csrf, cookie },
});

export const tokenRefused = () =>
  new AppError('session-expired', 'The server no longer accepts the API token. Sign in again.', {
    retry: 'after-login',
  });

/** What a half-finished login asks for. */
export interface SecondFactor {
  readonly user: string;
  readonly halfTicket: string;
  readonly offered: SecondFactorKind[];
  readonly unavailable: string[];
}

export type LoginStep =
  | { readonly kind: 'grant'; readonly grant: Grant }
  | { readonly kind: 'factor'; readonly factor: SecondFactor };

/** First step. `login-failed` where user, password or realm are wrong; the server does not say which. */
export async function sendPassword(
  api: ApiClient,
  product: Product,
  params: { username: string; realm: string; password: string },
  signal?: AbortSignal,
): Promise<LoginStep> {
  const { username, realm, password } = params;
  const refusal = () =>
    new AppError(
      'login-failed',
      'The server refused the sign-in. Check user name, password and realm, then try again.',
    );
  const who = product === 'pve' ? { username, realm } : { username: `${username}@${realm}` };
  const answer = await askForTicket(api, product, { ...who, password }, refusal, signal);
  if (isHalf(answer.ticket, product)) return { kind: 'factor', factor: readChallenge(answer) };
  if (answer.NeedTFA) {
    throw new AppError('unsupported', 'The server asks for a second factor in an old way that Sluice does not speak.');
  }
  return { kind: 'grant', grant: readGrant(answer) };
}

/** Second step. `second-factor-failed` where the code is wrong. */
export async function sendSecondFactor(
  api: ApiClient,
  product: Product,
  factor: SecondFactor,
  kind: SecondFactorKind,
  code: string,
  signal?: AbortSignal,
): Promise<Grant> {
  const refusal = () =>
    new AppError(
      'second-factor-failed',
      'The server refused the code. Enter a new one; many wrong codes lock the account.',
    );
  const form = {
    username: factor.user,
    'tfa-challenge': factor.halfTicket,
    password: `${kind}:${normalizeCode(kind, code)}`,
  };
  const answer = await askForTicket(api, product, form, refusal, signal);
  if (isHalf(answer.ticket, product)) throw refusal();
  return readGrant(answer);
}

/** Where a browser signs in to a realm of an OpenID provider, and the state that its answer will carry (facts 1.6). */
export async function askOpenIdUrl(
  api: ApiClient,
  realm: string,
  redirectUrl: string,
  signal?: AbortSignal,
): Promise<{ url: string; state: string }> {
  const form = { realm, 'redirect-url': redirectUrl };
  const options = { form, anonymous: true, timeoutMs: LOGIN_TIMEOUT_MS, signal };
  const text = await api.post('/access/openid/auth-url', z.string(), options).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'outcome-unknown' ? lostLogin(error) : error;
  });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const state = url?.searchParams.get('state') ?? '';
  if (!url || !/^https?:$/.test(url.protocol) || state === '') {
    throw new AppError('protocol', 'The server named no address of an identity provider that a browser could open.');
  }
  return { url: url.href, state };
}

/** Exchanges the provider's answer for a ticket. No second factor is asked for behind it. */
export async function sendOpenIdCode(
  api: ApiClient,
  product: Product,
  answer: { code: string; state: string; redirectUrl: string },
  signal?: AbortSignal,
): Promise<Grant> {
  const refusal = () =>
    new AppError(
      'login-failed',
      'The server did not accept the answer of the identity provider. Ask whoever runs the cluster whether your account may sign in.',
    );
  const { code, state, redirectUrl } = answer;
  const form = { state, code, 'redirect-url': redirectUrl };
  return readGrant(await askForTicket(api, product, form, refusal, signal, '/access/openid/login'));
}

/** Asks something that only a valid token may know; the API client signs with it already. `login-failed` else. */
export async function checkToken(api: ApiClient, signal?: AbortSignal): Promise<void> {
  try {
    await api.get('/version', versionAnswer, { timeoutMs: LOGIN_TIMEOUT_MS, signal });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'session-expired') throw error;
    throw new AppError(
      'login-failed',
      'The server refused the API token. Check its ID and secret, and whether it has expired, then try again.',
    );
  }
}

/** A new ticket for a valid one. `session-expired` where that is no longer accepted. */
export async function renewTicket(
  api: ApiClient,
  product: Product,
  user: string,
  ticket: string,
  signal?: AbortSignal,
): Promise<Grant> {
  const refusal = () =>
    new AppError('session-expired', 'The sign-in has expired. Sign in again.', { retry: 'after-login' });
  return readGrant(await askForTicket(api, product, { username: user, password: ticket }, refusal, signal));
}

const isHalf = (ticket: string, product: Product) => ticket.startsWith(`${products[product].ticketPrefix}!tfa!`);

async function askForTicket(
  api: ApiClient,
  product: Product,
  form: Form,
  refusal: () => AppError,
  signal: AbortSignal | undefined,
  path = '/access/ticket',
): Promise<Answer> {
  let cookie: Cookie | undefined;
  try {
    const answer = await api.post(path, ticketAnswer, {
      // Old Proxmox VE asks for a second factor in the way of today only then; the others refuse what they don't know.
      form: product === 'pve' && path === '/access/ticket' ? { ...form, 'new-format': 1 } : form,
      anonymous: true,
      timeoutMs: LOGIN_TIMEOUT_MS,
      signal,
      onCookies: (setCookies) => {
        cookie = ticketIn(setCookies, product);
      },
    });
    return withTicket(answer, cookie);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'session-expired') throw refusal();
    // A sign-in that got no answer changed nothing that matters: it may simply be tried again.
    if (error.code === 'outcome-unknown') throw lostLogin(error);
    throw error;
  }
}

function lostLogin(error: AppError): AppError {
  if (error.cause instanceof AppError) return error.cause;
  return new AppError('reset', 'The connection broke during the sign-in. Try again.', { retry: 'later', cause: error });
}

interface Cookie {
  readonly name: string;
  readonly ticket: string;
}
type Answer = Omit<TicketAnswer, 'ticket'> & { readonly ticket: string; readonly cookie?: string };

/** `__Host-PBSAuthCookie=PBS%3A…; Secure; …` (PBS facts 9.1). A cookie that is being taken back holds nothing. */
export function ticketIn(setCookies: readonly string[], product: Product): Cookie | undefined {
  const { cookie, ticketPrefix } = products[product];
  for (const one of setCookies) {
    const [, name = '', value = ''] = /^\s*([^=;\s]+)=([^;]*)/.exec(one) ?? [];
    const ticket = decodeOrEmpty(value);
    if ((name === cookie || name === `__Host-${cookie}`) && ticket.startsWith(ticketPrefix)) return { name, ticket };
  }
  return undefined;
}

function withTicket(answer: TicketAnswer, cookie: Cookie | undefined): Answer {
  if (cookie) return { ...answer, ticket: cookie.ticket, cookie: cookie.name };
  const { ticket } = answer;
  if (ticket === undefined)
    throw new AppError('protocol', 'The server accepted the sign-in and gave no ticket for it.');
  return { ...answer, ticket };
}

function readGrant(answer: Answer): Grant {
  return {
    user: answer.username,
    ticket: answer.ticket,
    csrf: answer.CSRFPreventionToken ?? '',
    ...(answer.cookie !== undefined && { cookie: answer.cookie }),
    clusterName: answer.clustername,
  };
}

/** Reads what a half ticket offers (facts 1.2). */
function readChallenge(answer: Answer): SecondFactor {
  const encoded = (answer.ticket.split(':')[1] ?? '').slice('!tfa!'.length);
  const parsed = challengeJson.safeParse(tryJson(decodeOrEmpty(encoded)));
  if (!parsed.success)
    throw new AppError('protocol', "The server asked for a second factor in a way Sluice can't read.");
  const { totp, recovery, yubico, webauthn, u2f } = parsed.data;
  const offered: SecondFactorKind[] = [];
  if (totp) offered.push('totp');
  if (recovery && recovery.length > 0) offered.push('recovery');
  if (yubico) offered.push('yubico');
  const unavailable: string[] = [];
  if (webauthn !== undefined && webauthn !== null) unavailable.push('webauthn');
  if (u2f !== undefined && u2f !== null) unavailable.push('u2f');
  return { user: answer.username, halfTicket: answer.ticket, offered, unavailable };
}

function decodeOrEmpty(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** As people type codes: spaces anywhere, recovery codes in any case and with or without dashes. */
function normalizeCode(kind: SecondFactorKind, code: string): string {
  const bare = code.replace(/\s/g, '');
  if (kind !== 'recovery') return bare;
  const hex = bare.replace(/-/g, '').toLowerCase();
  return /^[0-9a-f]{16}$/.test(hex) ? hex.replace(/....(?!$)/g, '$&-') : bare;
}
