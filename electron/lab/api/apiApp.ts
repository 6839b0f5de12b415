import { type Identity, identify } from '../auth/identify.ts';
import { ApiError } from '../http/apiError.ts';
import type { Admission, HttpApp, Outcome, RequestContext } from '../http/app.ts';
import { type FormValues, parseBody, parseForm } from '../http/form.ts';
import type { RequestHead } from '../http/headParser.ts';
import type { LabServices } from '../services.ts';
import { frontPage } from './frontPage.ts';
import { checkParams } from './params.ts';
import { type Formatter, renderError, renderResult } from './render.ts';
import { type Call, type Route, Router, Upgrade } from './route.ts';
import { createUpload, uploadPattern } from './upload.ts';

const UPLOAD_PRIVILEGE = 'Datastore.AllocateTemplate'; // looked at before the body: its answer comes early

interface Target {
  readonly formatter: Formatter;
  /** Below `/api2/json`. */
  readonly path: string;
  readonly query: string;
}

/** The API over HTTP: who asks, which call, its parameters, its answer in the server's own form. */
export class ApiApp implements HttpApp {
  readonly #services: LabServices;
  readonly #router: Router;

  constructor(services: LabServices, routes: readonly Route[]) {
    this.#services = services;
    this.#router = new Router(routes);
  }

  admit(head: RequestHead, context: RequestContext): Admission {
    const { quirks } = this.#services;
    if (quirks.neverAnswer) return { kind: 'refuse', outcome: Promise.resolve({ kind: 'hang' }) };
    const target = this.#parseTarget(head.target);
    if (target === undefined) {
      return { kind: 'body', handle: async () => ({ kind: 'respond', response: frontPage(head.target) }) };
    }
    if (quirks.failAll !== undefined) return { kind: 'refuse', outcome: this.#respond(quirks.failAll, context) };
    let identity: Identity | undefined;
    try {
      identity = this.#identify(head, target.path);
    } catch (error) {
      const { status, message } = error as ApiError; // before any handler: no body, the reason says it
      return { kind: 'refuse', outcome: this.#respond({ status, reason: message }, context) };
    }
    if (head.method === 'POST' && uploadPattern.test(target.path))
      return this.#admitUpload(head, target, identity, context);
    return { kind: 'body', handle: (body) => this.#run({ head, target, identity, context, body }) };
  }

  #parseTarget(raw: string): Target | undefined {
    const [path = '', ...query] = raw.split('?');
    const [, formatter, rest] = /^\/+api2\/(json|extjs)(\/.*)?$/.exec(path) ?? [];
    if (formatter === undefined) return undefined;
    return { formatter: formatter as Formatter, path: (rest ?? '/').replace(/(.)\/$/, '$1'), query: query.join('?') };
  }

  #identify(head: RequestHead, path: string): Identity | undefined {
    const asked = {
      method: head.method,
      path,
      cookie: head.headers.get('cookie') ?? '',
      authorization: head.headers.get('authorization') ?? '',
      csrfToken: head.headers.get('csrfpreventiontoken') ?? '',
    };
    return identify(asked, this.#services.tickets, this.#services.users);
  }

  #admitUpload(head: RequestHead, target: Target, identity: Identity | undefined, context: RequestContext): Admission {
    const [, storage = ''] = /\/storage\/([^/]+)\//.exec(target.path) ?? [];
    if (!this.#services.users.may(identity?.authId ?? '', UPLOAD_PRIVILEGE, `/storage/${storage}`)) {
      const error = ApiError.forbidden(`/storage/${storage}`, UPLOAD_PRIVILEGE);
      return { kind: 'refuse', outcome: this.#answer(undefined, error, target.formatter, context, true) };
    }
    const receiver = createUpload({
      services: this.#services,
      authId: identity?.authId ?? '',
      path: target.path,
      fields: parseForm(target.query),
      contentType: head.headers.get('content-type') ?? '',
      answer: (result, error) => this.#answer(result, error, target.formatter, context, true),
    });
    return receiver === undefined
      ? { kind: 'refuse', outcome: Promise.resolve({ kind: 'stall' }) }
      : { kind: 'stream', receiver };
  }

  async #run(asked: {
    readonly head: RequestHead;
    readonly target: Target;
    readonly identity: Identity | undefined;
    readonly context: RequestContext;
    readonly body: Buffer;
  }): Promise<Outcome> {
    const { head, target, context } = asked;
    try {
      const found = this.#router.find(head.method, target.path);
      if (found === undefined) throw new ApiError(501, `Method '${head.method} ${target.path}' not implemented`);
      const given: FormValues = parseBody(head.headers.get('content-type') ?? '', asked.body);
      for (const [name, value] of parseForm(target.query)) given.set(name, value);
      const params = checkParams(given, found.uri, found.route.params ?? {});
      const call = this.#createCall(asked.identity, params, head, context);
      const result = await found.route.handle(call);
      if (this.#services.quirks.losesAnswers && head.method !== 'GET') return { kind: 'drop' };
      return await this.#answer(result, undefined, target.formatter, context);
    } catch (error) {
      return this.#answer(undefined, error, target.formatter, context);
    }
  }

  #createCall(
    identity: Identity | undefined,
    params: Call['params'],
    head: RequestHead,
    request: RequestContext,
  ): Call {
    const { users } = this.#services;
    const authId = identity?.authId ?? '';
    const need = (path: string, privilege: string) => {
      if (!users.may(authId, privilege, path)) throw ApiError.forbidden(path, privilege);
    };
    return { services: this.#services, params, identity, head, request, authId, need };
  }

  #answer(
    result: unknown,
    error: unknown,
    formatter: Formatter,
    context: RequestContext,
    closes = false,
  ): Promise<Outcome> {
    const { quirks } = this.#services;
    if (error === undefined && result instanceof Upgrade) {
      const { take } = result;
      return Promise.resolve(take === undefined ? { kind: 'hang' } : { kind: 'upgrade', take });
    }
    const response =
      error === undefined ? renderResult(result, formatter, quirks) : renderError(error, formatter, quirks);
    return this.#respond(closes ? { ...response, closes } : response, context);
  }

  /** Every 401 waits till the same time since its request began, so that it tells nothing (PVE wire facts 1.2). */
  async #respond(
    response: Extract<Outcome, { kind: 'respond' }>['response'],
    context: RequestContext,
  ): Promise<Outcome> {
    const { clock, quirks } = this.#services;
    const tookMs = clock.nowMs() - context.startedAtMs;
    const waitMs = Math.max(response.status === 401 ? quirks.authDelayMs - tookMs : 0, quirks.latencyMs);
    if (waitMs > 0 && !context.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = clock.timer(waitMs, resolve);
        const give = () => {
          timer.dispose();
          resolve();
        };
        context.signal.addEventListener('abort', give, { once: true });
      });
    }
    return { kind: 'respond', response };
  }
}
