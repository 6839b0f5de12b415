import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Clock } from '../../../shared/base/clock.ts';
import type { Grants } from '../auth/acl.ts';
import { checkLogin, enabledUser } from '../auth/checkLogin.ts';
import type { TicketOffice } from '../auth/tickets.ts';
import { realmsOf, type UserStore } from '../auth/users.ts';
import { ApiError } from '../http/apiError.ts';
import { type FormValues, parseBody } from '../http/form.ts';
import type { ManagedRemotes } from './managedRemotes.ts';
import type { OpenIdRealm } from '../openId/openIdRealm.ts';
import type { ServerTasks, TaskAnswer } from './serverTasks.ts';

const MAX_BODY_BYTES = 512 * 1024; // PBS facts 9.1

export interface LoginApiOptions {
  readonly product: 'pbs' | 'pdm';
  readonly clock: Clock;
  readonly users: UserStore;
  readonly tickets: TicketOffice;
  readonly tasks?: ServerTasks;
  readonly remotes?: ManagedRemotes | undefined;
  readonly openId: OpenIdRealm | undefined;
  readonly ticketIn: 'body' | 'cookie';
  readonly authDelayMs: number;
  nowS(): number;
}

export interface LoginRecord {
  readonly method: string;
  readonly path: string;
  readonly cookie: string;
  readonly authorization: string;
  readonly form: ReadonlyMap<string, unknown>;
  status: number;
}

interface Call {
  readonly form: FormValues;
  readonly response: ServerResponse;
}

/** The answers of PBS facts 9.1 and 10: errors are plain text, cookies have a name of their own, tokens a colon. */
export class LoginApi {
  readonly records: LoginRecord[] = [];
  readonly #options: LoginApiOptions;

  constructor(options: LoginApiOptions) {
    this.#options = options;
  }

  /** Whether it is about signing in: then `handle` answers it. */
  takes(path: string): boolean {
    return path === '/ping' || path.startsWith('/access/');
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAtMs = this.#options.clock.nowMs();
    const url = new URL(request.url ?? '/', 'https://lab');
    const path = url.pathname.replace(/^\/api2\/json/, '');
    const method = request.method ?? 'GET';
    const body = await readBody(request);
    const form = parseBody(request.headers['content-type'] ?? '', body);
    const { cookie = '', authorization = '' } = request.headers;
    const record: LoginRecord = { method, path, cookie, authorization, form, status: 0 };
    this.records.push(record);
    try {
      const open = this.#open(method, path, { form, response });
      const answer =
        open === undefined ? await this.#signedIn(request, method, path, url.searchParams) : { data: open };
      record.status = 200;
      send(response, 200, JSON.stringify({ ...answer, data: answer.data ?? null }));
    } catch (error) {
      const { status, message } = error instanceof ApiError ? error : new ApiError(400, String(error));
      record.status = status;
      const leftMs = this.#options.authDelayMs - (this.#options.clock.nowMs() - startedAtMs);
      if (status === 401 && leftMs > 0)
        await new Promise<void>((resolve) => void this.#options.clock.timer(leftMs, resolve));
      send(response, status, message);
    }
  }

  /** What everybody may ask. Undefined: something else. */
  #open(method: string, path: string, call: Call): unknown {
    const { users, product, openId } = this.#options;
    switch (`${method} ${path}`) {
      case 'GET /ping':
        return { pong: true };
      case 'GET /access/domains':
        return [...realmsOf(product), ...(openId?.realms ?? [])];
      case 'POST /access/ticket':
        return this.#logIn(call);
      case 'DELETE /access/ticket':
        call.response.setHeader(
          'Set-Cookie',
          `${this.#cookieName}=; Max-Age=0; Secure; SameSite=Lax; HttpOnly; Path=/;`,
        );
        return {};
      case 'POST /access/openid/auth-url':
        return this.#openId.authUrl(need(call.form, 'realm'), need(call.form, 'redirect-url'));
      case 'POST /access/openid/login': {
        const { form } = call;
        const userId = this.#openId.login(need(form, 'state'), need(form, 'code'), need(form, 'redirect-url'));
        return this.#whole(enabledUser(users, userId).id, call.response);
      }
      default:
        return undefined;
    }
  }

  #logIn({ form, response }: Call): unknown {
    const { users, tickets, nowS } = this.#options;
    for (const name of form.keys()) {
      if (['username', 'password', 'tfa-challenge', 'path', 'privs', 'port'].includes(name)) continue;
      throw new ApiError(
        400,
        `parameter verification errors\n\nparameter '${name}': schema does not allow additional properties.`,
      );
    }
    const half = form.get('tfa-challenge');
    try {
      const user = enabledUser(users, need(form, 'username'));
      const login = { user, password: need(form, 'password'), half: half === undefined ? undefined : String(half) };
      const challenge = checkLogin({ tickets, nowS: nowS() }, login);
      if (challenge === undefined) return this.#whole(user.id, response);
      return { username: user.id, ticket: tickets.half(user.id, challenge), CSRFPreventionToken: 'invalid' };
    } catch (error) {
      throw error instanceof ApiError && error.status === 401 ? new ApiError(401, 'authentication failed') : error;
    }
  }

  #whole(userId: string, response: ServerResponse): unknown {
    const { tickets, ticketIn } = this.#options;
    const ticket = tickets.login(userId);
    const base = { username: userId, CSRFPreventionToken: tickets.csrf(userId) };
    if (ticketIn === 'body') return { ...base, ticket };
    const value = encodeURIComponent(ticket);
    response.setHeader('Set-Cookie', `${this.#cookieName}=${value}; Secure; SameSite=Lax; HttpOnly; Path=/;`);
    return { ...base, 'ticket-info': ticket.replace(/::.*/s, '::ticketinfo') };
  }

  async #signedIn(request: IncomingMessage, method: string, path: string, query: URLSearchParams): Promise<TaskAnswer> {
    const authId = this.identify(request, method);
    if (method === 'GET' && path === '/access/permissions') {
      return { data: withBooleans(this.#options.users.permissions(authId)) };
    }
    const passedOn = await this.#options.remotes?.answer({ method, path }, authId);
    if (passedOn) return passedOn;
    return this.#options.tasks?.answer({ method, path, query }) ?? { data: this.#look(method, path) };
  }

  #look(method: string, path: string): unknown {
    const { product } = this.#options;
    if (method === 'GET' && path === '/version')
      return { version: product === 'pbs' ? '4.0.11' : '1.0.1', release: '1' };
    if (method === 'GET' && path === '/nodes') return [{ node: 'localhost' }];
    if (method === 'GET' && path === '/admin/datastore' && product === 'pbs') return [{ store: 'main' }];
    if (method === 'GET' && path === '/remotes/remote' && product === 'pdm') return [{ id: 'north', type: 'pve' }];
    if (method === 'GET' && path === '/resources/list' && product === 'pdm')
      return [{ remote: 'north', resources: [] }];
    throw new ApiError(404, `Path '/api2/json${path}' not found.`);
  }

  isSignedIn(request: IncomingMessage): boolean {
    try {
      return this.identify(request, 'GET') !== '';
    } catch {
      return false; // it says nothing else
    }
  }

  /** User or token: the cookie first, `__Host-` before the plain name. Throws 401. */
  identify({ headers }: Pick<IncomingMessage, 'headers'>, method: string): string {
    const { tickets, users, product } = this.#options;
    const word = product.toUpperCase();
    const cookies = new Map(
      (headers.cookie ?? '').split(/;\s*/).map((one) => one.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const value = cookies.get(`__Host-${word}AuthCookie`) ?? cookies.get(`${word}AuthCookie`);
    if (value !== undefined) {
      const user = tickets.userOf(decodeURIComponent(value));
      if (user === undefined) throw new ApiError(401, 'permission check failed.');
      const csrf = String(headers['csrfpreventiontoken'] ?? '');
      if (method !== 'GET' && !tickets.isCsrfOf(csrf, user)) throw new ApiError(401, 'permission check failed.');
      return user;
    }
    const [, token, tokenId = '', secret = ''] =
      /^(P\w\w)APIToken[= ]([^:\s]+![^:\s]+):(\S+)$/.exec(headers.authorization ?? '') ?? [];
    if (token !== word || !users.isToken(tokenId, secret)) throw new ApiError(401, 'permission check failed.');
    return tokenId;
  }

  get #cookieName(): string {
    return `__Host-${this.#options.product.toUpperCase()}AuthCookie`;
  }

  get #openId(): OpenIdRealm {
    if (this.#options.openId === undefined) throw new ApiError(400, 'no OpenID realm is configured');
    return this.#options.openId;
  }
}

/** As Rust has them, where Proxmox VE has 0 and 1. */
const withBooleans = (grants: Grants) =>
  Object.fromEntries(
    Object.entries(grants).map(([path, held]) => [
      path,
      Object.fromEntries(Object.entries(held).map(([name, propagates]) => [name, propagates === 1])),
    ]),
  );

function need(form: FormValues, name: string): string {
  const value = form.get(name);
  if (typeof value === 'string') return value;
  throw new ApiError(
    400,
    `parameter verification errors\n\nparameter '${name}': parameter is missing and it is not optional.`,
  );
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8' });
  response.end(body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
