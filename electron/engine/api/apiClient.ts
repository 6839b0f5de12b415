import * as z from 'zod/mini';

import { AppError } from '../../../shared/base/errors.ts';
import { answerError, tryJson } from './answerError.ts';
import { authHeaders, type Credentials } from './credentials.ts';
import { encodeForm, type Form } from './form.ts';
import type { HttpAnswer, HttpRequest, RequestPool, StreamAnswer, StreamRequest } from './httpTypes.ts';

const PREFIX = '/api2/json';
const TIMEOUT_MS = 40_000; // pveproxy itself gives a backend 30 s (PVE wire facts 11.22)

export interface CallOptions {
  readonly query?: Form;
  readonly form?: Form;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly isBackground?: boolean;
  /** Sign-in and probing carry no credentials, even where there are some. */
  readonly anonymous?: boolean;
  /** Told the cookies of an answer that is a success; a ticket may be in one (PBS facts 9.1). */
  readonly onCookies?: (setCookies: readonly string[]) => void;
}

export interface ApiClientOptions {
  readonly pool: RequestPool;
  /** Asked before each request, so that a renewed ticket is used at once. */
  readonly credentials: () => Credentials | undefined;
  /** Told of every answer, whatever its status: the server is there. */
  readonly onAnswer?: (status: number) => void;
}

/** JSON calls to one cluster. Results are what the schema says, everything else is an AppError. */
export class ApiClient {
  readonly #pool: RequestPool;
  readonly #credentials: () => Credentials | undefined;
  readonly #onAnswer: (status: number) => void;

  constructor(options: ApiClientOptions) {
    this.#pool = options.pool;
    this.#credentials = options.credentials;
    this.#onAnswer = options.onAnswer ?? (() => {});
  }

  get<S extends z.core.$ZodType>(path: string, schema: S, options: CallOptions = {}): Promise<z.infer<S>> {
    return this.#call('GET', path, schema, options);
  }

  post<S extends z.core.$ZodType>(path: string, schema: S, options: CallOptions = {}): Promise<z.infer<S>> {
    return this.#call('POST', path, schema, options);
  }

  delete<S extends z.core.$ZodType>(path: string, schema: S, options: CallOptions = {}): Promise<z.infer<S>> {
    return this.#call('DELETE', path, schema, options);
  }

  /** Sends a request as it is, signed by us, and gives the answer as it comes, whatever its status. */
  async forward(request: StreamRequest): Promise<StreamAnswer> {
    const signed = authHeaders(this.#credentials(), request.method);
    const answer = await this.#pool.stream({ ...request, headers: { ...signed, ...request.headers } });
    this.#onAnswer(answer.status);
    return answer;
  }

  async #call<S extends z.core.$ZodType>(
    method: HttpRequest['method'],
    path: string,
    schema: S,
    options: CallOptions,
  ): Promise<z.infer<S>> {
    const answer = await this.#pool.request(this.#build(method, path, options));
    this.#onAnswer(answer.status);
    if (answer.status < 200 || answer.status > 299) throw answerError(answer, method);
    options.onCookies?.(answer.setCookies ?? []);
    return readData(answer, schema, path);
  }

  #build(method: HttpRequest['method'], path: string, options: CallOptions): HttpRequest {
    const query = options.query ? `?${encodeForm(options.query)}` : '';
    const body = options.form ? Buffer.from(encodeForm(options.form)) : undefined;
    const signed = options.anonymous ? {} : authHeaders(this.#credentials(), method);
    // A length always, also of nothing: a request without one is chunked by Node, which the server refuses (11.8).
    // A body never on GET and DELETE (11.10).
    const sized = method === 'POST' || method === 'PUT' ? { 'Content-Length': String(body?.length ?? 0) } : {};
    const typed = body ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {};
    return {
      method,
      path: `${PREFIX}${path}${query}`,
      // The cookie first: the server's parser is picky (11.28).
      headers: { ...signed, Accept: 'application/json', 'Accept-Encoding': 'gzip', ...typed, ...sized },
      body,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      signal: options.signal,
      isBackground: options.isBackground,
    };
  }
}

function readData<S extends z.core.$ZodType>(answer: HttpAnswer, schema: S, path: string): z.infer<S> {
  const json = tryJson(Buffer.from(answer.body).toString('utf8'));
  if (typeof json !== 'object' || json === null || !('data' in json)) {
    throw new AppError('not-proxmox', 'What answers at this address is not a Proxmox server.');
  }
  const parsed = z.safeParse(schema, json.data);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new AppError('protocol', `The server answered ${path.replace(/\?.*/, '')} in a way Sluice can't read.`, {
    detail: { field: where },
  });
}
