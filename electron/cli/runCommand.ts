import { ClosingStack } from './closingStack.ts';
import { endSignal, untilAborted } from './untilEnded.ts';

const END_WITHIN_MS = 4_500; // promised: 5 s

/** What a running command is given. */
export interface CommandContext {
  readonly stack: ClosingStack;
  /** Aborted when the command is to end. */
  readonly signal: AbortSignal;
  /** Ends the command from inside. */
  end(): void;
}

/**
 * Runs a command until it is told to end, then ends what it started. Resolves with the exit code. Being told to end
 * while it still starts is no failure.
 */
export async function runUntilEnded(
  start: (context: CommandContext) => Promise<void>,
  outer?: AbortSignal,
): Promise<number> {
  const stack = new ClosingStack();
  const inner = new AbortController();
  const signal = AbortSignal.any([endSignal(outer), inner.signal]);
  let code = 0;
  const starting = start({ stack, signal, end: () => inner.abort() }).catch((error: unknown) => {
    if (signal.aborted) return;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    code = 1;
    inner.abort();
  });
  await Promise.race([untilAborted(signal), starting.then(() => untilAborted(signal))]);
  const left = await stack.closeAll(END_WITHIN_MS);
  if (left.length > 0) process.stderr.write(`Had to be ended by force: ${left.join(', ')}.\n`);
  return left.length > 0 ? 1 : code;
}
