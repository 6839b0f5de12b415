import type { Socket } from 'node:net';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { formatAddress, type HostPort } from './address.ts';
import { HeadCollector, headerLine, notHttp, statusOf } from './httpHead.ts';
import { abortedError, timeoutError, toNetError } from './netErrors.ts';
import type { SocketIntake } from './socketIntake.ts';

/** An HTTP proxy that opens tunnels (`CONNECT`). */
export interface HttpProxy {
  readonly address: HostPort;
  /** What to ask for where it is no `host:port`, such as a SPICE ticket. Sent as it is (PVE wire facts 5.2). */
  readonly authority?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

interface AskOptions {
  readonly proxy: HttpProxy;
  readonly target: HostPort;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Asks a proxy on a connected socket for a tunnel. What comes behind the answer is left in the intake. Fails with
 * `forbidden` (401, 403, 407), `unreachable` (other answers), `protocol`, `reset`, `timeout` or `aborted`; the socket is
 * destroyed then. A proxy whose backend is gone may never answer (facts 5.2).
 */
export function askForTunnel(socket: Socket, intake: SocketIntake, options: AskOptions): Promise<void> {
  const { proxy, target, timeoutMs, signal, clock = systemClock } = options;
  const place = `the proxy ${formatAddress(proxy.address)}`;
  const collector = new HeadCollector(place);
  return new Promise((resolve, reject) => {
    const timer = clock.timer(timeoutMs, () => fail(timeoutError(place, timeoutMs)));
    const handleAbort = () => fail(abortedError(place));
    const handleError = (error: unknown) => fail(toNetError(error, place));
    const handleClose = () => fail(hungUp(place));
    const leave = () => {
      timer.dispose();
      intake.handleLanded = intake.keep;
      signal?.removeEventListener('abort', handleAbort);
      socket.off('error', handleError).off('close', handleClose).off('end', handleClose);
    };
    const fail = (error: AppError) => {
      leave();
      socket.destroy();
      reject(error);
    };
    intake.handleLanded = (bytes) => {
      try {
        if (!takeAnswer(intake, collector, bytes, place)) return true;
        leave();
        resolve();
      } catch (error) {
        fail(AppError.from(error));
      }
      return false;
    };
    socket.once('error', handleError).once('close', handleClose).once('end', handleClose);
    if (signal?.aborted) return handleAbort();
    signal?.addEventListener('abort', handleAbort, { once: true });
    socket.write(requestText(proxy, target), 'latin1');
    socket.resume();
  });
}

function requestText({ authority, headers }: HttpProxy, target: HostPort): string {
  const asked = authority ?? formatAddress(target);
  const fields = Object.entries({ Host: asked, ...headers }).map(([name, value]) => headerLine(name, value));
  if (!/^[!-~]+$/.test(asked)) throw new AppError('invalid', 'The address for the proxy holds blanks. Take them out.');
  return `CONNECT ${asked} HTTP/1.1\r\n${fields.join('')}\r\n`;
}

/** True once the tunnel is open. */
function takeAnswer(intake: SocketIntake, collector: HeadCollector, bytes: number, place: string): boolean {
  const chunk = intake.reader.take(bytes);
  const found = collector.push(chunk);
  if (!found && collector.isGarbage) throw notHttp(place);
  intake.reader.consumed(found?.usedBytes ?? chunk.length);
  if (!found) return false;
  const status = statusOf(found.head);
  if (!status) throw notHttp(place);
  if (status.status < 200 || status.status > 299) throw refused(place, status.status, status.reason);
  if (found.usedBytes < chunk.length) intake.early.push(chunk.subarray(found.usedBytes));
  return true;
}

function refused(place: string, status: number, reason: string): AppError {
  const isForbidden = status === 401 || status === 403 || status === 407;
  const message = `${capital(place)} opened no tunnel (${status}${reason ? `: ${reason}` : ''}). Check its rules.`;
  return new AppError(isForbidden ? 'forbidden' : 'unreachable', message, { retry: 'later', detail: { status } });
}

function hungUp(place: string): AppError {
  return new AppError('reset', `${capital(place)} closed the connection without an answer. Try again.`, {
    retry: 'later',
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
