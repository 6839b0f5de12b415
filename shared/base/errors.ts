/** Every code an AppError may carry. The page chooses icon and action by code; `message` is for people. */
export const errorCodes = [
  'aborted', // the caller gave up
  'timeout', // no answer in time
  'refused', // the address answers, the port does not
  'unreachable', // no route, host down
  'name-not-found', // DNS
  'reset', // the peer broke the connection
  'closed', // the thing asked is closed already
  'tls', // handshake failed for another reason than trust
  'certificate-unknown', // nobody vouches for it and it was not accepted; detail: fingerprint
  'certificate-changed', // not the accepted one; detail: fingerprint, acceptedFingerprint
  'not-proxmox', // something else answers at that address
  'login-failed', // wrong user, password or realm (the server does not say which)
  'second-factor-failed',
  'challenge-expired', // the half-finished login is gone
  'session-expired', // sign in again
  'forbidden', // a privilege is missing; message names it
  'not-found',
  'invalid', // a parameter is wrong; message names it
  'server', // the server failed and said why
  'outcome-unknown', // a request with side effects was sent and never answered
  'protocol', // the peer broke the protocol
  'limit', // a bound of ours was reached
  'busy',
  'not-running', // the guest is off
  'no-console', // the guest has no such console
  'link-lost', // page and engine lost each other
  'unsupported',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** never: sending again cannot help. later: it may. after-login: once signed in again. */
export const retryHints = ['never', 'later', 'after-login'] as const;
export type RetryHint = (typeof retryHints)[number];

export type ErrorDetail = Readonly<Record<string, string | number | boolean>>;

/** What crosses a border in place of an exception. Holds no secret, ever. */
export interface ErrorInfo {
  readonly code: ErrorCode;
  /** A past fact, then what to do. Shown to people as it is. */
  readonly message: string;
  readonly retry: RetryHint;
  readonly detail?: ErrorDetail | undefined;
}

/** Somebody gave it up, or what it ran on was ended on purpose. An end and no error: nobody is told of it. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'aborted' || error.code === 'closed');
}

export class AppError extends Error implements ErrorInfo {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly retry: RetryHint;
  readonly detail: ErrorDetail | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retry?: RetryHint; detail?: ErrorDetail; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? 'never';
    this.detail = options.detail;
  }

  toInfo(): ErrorInfo {
    const { code, message, retry, detail } = this;
    return detail ? { code, message, retry, detail } : { code, message, retry };
  }

  static fromInfo(info: ErrorInfo): AppError {
    const { code, message, retry, detail } = info;
    return new AppError(code, message, detail ? { retry, detail } : { retry });
  }

  /** Wraps what is not an AppError yet. Used once, at a border. */
  static from(error: unknown): AppError {
    if (error instanceof AppError) return error;
    const text = error instanceof Error ? error.message : String(error);
    return new AppError('internal', `Something went wrong inside Sluice: ${text}`, { cause: error });
  }
}
