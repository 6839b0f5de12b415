/** An answer other than 200, thrown by a handler. `message` becomes the reason phrase (PVE wire facts 1.7). */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>> | undefined;

  constructor(status: number, message: string, errors?: Readonly<Record<string, string>>) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  static parameters(errors: Readonly<Record<string, string>>): ApiError {
    return new ApiError(400, 'Parameter verification failed.', errors);
  }

  static forbidden(path: string, privilege: string): ApiError {
    return new ApiError(403, `Permission check failed (${path}, ${privilege})`);
  }
}
