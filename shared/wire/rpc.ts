import { AppError } from '../base/errors.ts';
import { abortError, onAbort } from '../base/abort.ts';
import type { Disposable } from '../base/lifecycle.ts';
import { type MethodName, methods, type Params, type Result } from './contract.ts';
import { frameType, jsonOf } from './frame.ts';
import { callMessage, failureMessage, parse } from './messages.ts';
import type { Mux } from './mux.ts';
import type { MethodHandlers } from './peer.ts';

const maxRunning = 256; // a page makes a handful at a time
const lastId = 0xffff_ffff;

interface Pending {
  readonly method: MethodName;
  /** Takes what the schema of this very method accepted. */
  resolve(value: unknown): void;
  reject(error: AppError): void;
  readonly listening: Disposable;
}

/** The page's half: calls under way. */
export class CallClient {
  readonly #mux: Mux;
  readonly #pending = new Map<number, Pending>();
  #id = 0;

  constructor(mux: Mux) {
    this.#mux = mux;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  call<M extends MethodName>(method: M, params: Params<M>, signal: AbortSignal | undefined): Promise<Result<M>> {
    return new Promise<Result<M>>((resolve, reject) => {
      if (signal?.aborted) throw abortError(signal);
      if (this.#mux.isClosed) throw lostError();
      const checked = check(method, params);
      const id = this.#nextId();
      const listening = onAbort(signal, (error) => this.#cancel(id, error));
      this.#pending.set(id, { method, resolve, reject, listening });
      try {
        this.#mux.sendJson(frameType.call, id, { method, params: checked });
      } catch (error) {
        this.#take(id)?.reject(AppError.from(error));
      }
    });
  }

  handleResult(id: number, frame: Uint8Array): void {
    const pending = this.#take(id);
    if (!pending) return; // cancelled meanwhile
    try {
      pending.resolve(parse(methods[pending.method].result, jsonOf(frame), `The engine's answer to ${pending.method}`));
    } catch (error) {
      pending.reject(AppError.from(error));
      throw error;
    }
  }

  handleFailure(id: number, frame: Uint8Array): void {
    const pending = this.#take(id);
    if (!pending) return;
    try {
      pending.reject(AppError.fromInfo(parse(failureMessage, jsonOf(frame), "The engine's error")));
    } catch (error) {
      pending.reject(AppError.from(error));
      throw error;
    }
  }

  handleLost(): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(lostError());
  }

  #nextId(): number {
    this.#id = this.#id === lastId ? 1 : this.#id + 1;
    return this.#id;
  }

  #cancel(id: number, error: AppError): void {
    const pending = this.#take(id);
    if (!pending) return;
    this.#mux.sendEmpty(frameType.cancel, id);
    pending.reject(error);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.listening.dispose();
    return pending;
  }
}

/** The engine's half: calls being worked on. `sent` is told how many bytes each answer has. */
export class CallServer {
  readonly #mux: Mux;
  readonly #handlers: MethodHandlers;
  readonly #sent: (bytes: number) => void;
  readonly #running = new Map<number, AbortController>();

  constructor(mux: Mux, handlers: MethodHandlers, sent: (bytes: number) => void) {
    this.#mux = mux;
    this.#handlers = handlers;
    this.#sent = sent;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  handleCall(id: number, frame: Uint8Array): void {
    if (this.#running.has(id)) throw new AppError('protocol', 'A call was numbered like one under way.');
    if (this.#running.size >= maxRunning) return this.#answerFailure(id, new AppError('busy', tooMany));
    try {
      const { method, params } = parse(callMessage, jsonOf(frame), 'A call');
      if (!isMethod(method)) throw new AppError('protocol', 'A method was called that does not exist.');
      const checked = parse(methods[method].params, params, `A parameter of ${method}`) as Params<typeof method>;
      void this.#run(id, method, checked);
    } catch (error) {
      const failure = AppError.from(error);
      this.#answerFailure(id, failure);
      throw failure;
    }
  }

  handleCancel(id: number): void {
    this.#running.get(id)?.abort(new AppError('aborted', 'It was given up.'));
  }

  handleLost(): void {
    for (const controller of this.#running.values()) controller.abort(lostError());
    this.#running.clear();
  }

  async #run<M extends MethodName>(id: number, method: M, params: Params<M>): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const result = await this.#handlers[method](params, { signal: controller.signal });
      if (this.#running.get(id) === controller) this.#answer(id, method, result);
    } catch (error) {
      if (this.#running.get(id) === controller) this.#answerFailure(id, AppError.from(error));
    } finally {
      if (this.#running.get(id) === controller) this.#running.delete(id);
    }
  }

  #answer(id: number, method: MethodName, result: unknown): void {
    const checked = methods[method].result.safeParse(result);
    if (!checked.success) throw new AppError('internal', `The answer to ${method} was not as agreed.`);
    this.#sent(this.#mux.sendJson(frameType.result, id, checked.data));
  }

  #answerFailure(id: number, error: AppError): void {
    this.#sent(this.#mux.sendJson(frameType.failure, id, error.toInfo()));
  }
}

const tooMany = 'Too many requests are being worked on. Try again when some are done.';

function check<M extends MethodName>(method: M, params: Params<M>): unknown {
  const checked = methods[method].params.safeParse(params);
  if (checked.success) return checked.data;
  const path = checked.error.issues[0]?.path.join('.') ?? '';
  throw new AppError('invalid', `The value of ${path || method} is not accepted. Correct it.`);
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

function lostError(): AppError {
  return new AppError('link-lost', 'The connection to the engine was lost before it answered.', { retry: 'later' });
}
