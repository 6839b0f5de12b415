import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { RfbServerLogin } from '../../../shared/codec/rfb/serverLogin.ts';
import { rfbPassword } from '../../../shared/codec/rfb/vncAuth.ts';
import type { Handshake } from '../../../shared/codec/handshake.ts';
import { TerminalLogin, TerminalReady } from '../../../shared/codec/terminal/terminalLogin.ts';
import { pingMessage } from '../../../shared/codec/terminal/terminalMessages.ts';
import type { Budget } from '../../../shared/flow/budget.ts';
import { tokenRefusal } from '../../../shared/model/apiToken.ts';
import type { ConsoleView } from '../../../shared/model/console.ts';
import { authHeaders } from '../api/credentials.ts';
import type { ProxyAnswer } from '../api/schemas.ts';
import { parseAddress } from '../net/address.ts';
import type { Connection } from '../session/connection.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import type { IdleLimits } from '../../../shared/flow/idleLimits.ts';
import type { OpeningGate } from '../tunnel/openingGate.ts';
import type { Tunnel } from '../tunnel/tunnel.ts';
import { openWebSocketTunnel, vncWebSocketPath } from '../tunnel/webSocketTunnel.ts';
import { Prelude } from './prelude.ts';
import type { Steps } from './steps.ts';
import { askForProxy, checkGuest, type ClusterTarget, findPlace, type GuestFinder, type Place } from './target.ts';
import { WorkerLog } from './workerLog.ts';

// 20 ms of a terminal's parsing: what waits here is what Ctrl-C waits for.
const TERMINAL_WINDOW_BYTES = 1 << 18;
const HANDSHAKE_TIMEOUT_MS = 12_000; // the server's own limits are 10 s (PVE wire facts 3.3, 4.2)

/** What one try of opening a console brought. */
export interface OpenTunnel {
  readonly place: Place;
  readonly tunnel: Tunnel;
  /** The stream behind the handshake, paused. */
  readonly remote: Prelude;
}

export interface OpeningOptions {
  readonly clock: Clock;
  readonly budget: Budget;
  readonly idleLimits: IdleLimits;
  readonly gate: OpeningGate;
  readonly session: ClusterSession;
  readonly finder: GuestFinder;
  readonly target: ClusterTarget;
  readonly view: ConsoleView;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/**
 * Ticket, tunnel, handshake, all against the same node, when the gate of its address lets it through. Once, and once more from a new ticket where the first was not
 * accepted: keys change daily, and two viewers of one guest overwrite each other's password (facts 3.3, 3.4).
 */
export async function openConsoleTunnel(options: OpeningOptions): Promise<OpenTunnel> {
  const { gate, session, signal, steps } = options;
  const attempt = (relocate: boolean) => {
    steps.begin('session');
    return gate.run(session.connection.address, signal, () => tryOpen(options, relocate));
  };
  try {
    return await attempt(false);
  } catch (error) {
    const known = AppError.from(error);
    if (!isWorthAnotherTicket(known) || signal.aborted) throw known;
    return await attempt(known.code === 'not-found');
  }
}

function isWorthAnotherTicket(error: AppError): boolean {
  // A worker that nobody connects to ends by itself, so a lost answer is no reason not to ask for another.
  if (error.code === 'outcome-unknown' || error.code === 'not-found') return true;
  return error.code === 'forbidden' && (error.detail?.['step'] === 'tunnel' || error.detail?.['step'] === 'handshake');
}

async function tryOpen(options: OpeningOptions, relocate: boolean): Promise<OpenTunnel> {
  const { session, finder, target, view, steps, clock, signal } = options;
  session.requireActive();
  const way = session.connection; // the ticket and its tunnel go to one node, whatever the session does meanwhile
  requireTokenMay(session, target.kind, view);
  const place = await findPlace(finder, target, relocate);
  steps.setNode(place.node);
  steps.begin('ticket');
  const attempt = new AbortController();
  const stop = () => attempt.abort();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const check = checkGuest(way.api, place, view, attempt.signal);
    const asked = askForProxy(way.api, place, view, attempt.signal);
    const answered = afterCheck(check, asked);
    const connecting = connect(options, way, place, answered, attempt.signal);
    connecting.catch(() => {}); // waited for below, unless there is no ticket
    const answer = await answered;
    const log = new WorkerLog(way.api, clock, place.node, answer.upid);
    return await converse(options, place, { answer, connecting, log, attempt });
  } finally {
    attempt.abort();
    signal.removeEventListener('abort', stop);
  }
}

/** What a server refuses to API tokens is not even asked: it may say no without a word (PVE wire facts 1.5). */
function requireTokenMay(session: ClusterSession, target: ClusterTarget['kind'], view: ConsoleView): void {
  const refusal = tokenRefusal(session.describe(), target, view);
  if (refusal !== undefined) throw new AppError('unsupported', refusal);
}

/** The check's refusal says more than the server's, and it goes first where both fail. */
async function afterCheck<T>(check: Promise<void>, asked: Promise<T>): Promise<T> {
  asked.catch(() => {});
  await check;
  return await asked;
}

/** Connects while the ticket is still being asked for: two round trips less to wait for. */
async function connect(
  { view, clock, budget, idleLimits }: OpeningOptions,
  way: Connection,
  place: Place,
  answered: Promise<ProxyAnswer>,
  signal: AbortSignal,
): Promise<Tunnel> {
  const path = answered.then(({ port, ticket }) => vncWebSocketPath(`/api2/json${place.base}`, port, ticket));
  try {
    return await openWebSocketTunnel({
      address: parseAddress(way.address),
      path,
      headers: authHeaders(way.credentials, 'GET'),
      trust: way.trust,
      budget,
      idleLimits,
      signal,
      clock,
      label: place.label,
      ...(view === 'terminal' && { signOfLife: pingMessage, windowBytes: TERMINAL_WINDOW_BYTES }),
    });
  } catch (error) {
    throw at('tunnel', AppError.from(error));
  }
}

interface Conversation {
  readonly answer: ProxyAnswer;
  readonly connecting: Promise<Tunnel>;
  readonly log: WorkerLog;
  readonly attempt: AbortController;
}

/** From the ticket to the first byte of the stream, while the worker's log is watched for a reason to stop. */
async function converse(options: OpeningOptions, place: Place, talk: Conversation): Promise<OpenTunnel> {
  const { steps, view, clock, signal } = options;
  const { answer, connecting, log, attempt } = talk;
  const open = async () => {
    steps.begin('tunnel');
    const tunnel = await connecting;
    steps.begin('handshake');
    const remote = new Prelude(tunnel.duplex, clock);
    try {
      await shakeHands(remote, handshakeOf(view, answer, place), attempt.signal);
      return { place, tunnel, remote };
    } catch (error) {
      tunnel.dispose();
      throw error;
    }
  };
  try {
    return await Promise.race([open(), log.watch(attempt.signal)]);
  } catch (error) {
    throw await explain(AppError.from(error), log, signal);
  }
}

function handshakeOf(view: ConsoleView, answer: ProxyAnswer, { remote }: Place): Handshake {
  if (view === 'vnc') return new RfbServerLogin(rfbPassword(answer));
  // A Datacenter Manager signs in to the terminal itself, and passes on what comes then (facts 10).
  return remote === undefined ? new TerminalLogin(answer.user, answer.ticket) : new TerminalReady();
}

async function shakeHands(remote: Prelude, handshake: Handshake, signal: AbortSignal): Promise<void> {
  const stop = () => remote.dispose();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await remote.run(handshake, HANDSHAKE_TIMEOUT_MS);
  } catch (error) {
    throw at('handshake', AppError.from(error));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Notes where it failed: a refusal of the ticket is worth another one, a missing privilege is not. */
function at(step: 'tunnel' | 'handshake', error: AppError): AppError {
  return new AppError(error.code, error.message, {
    retry: error.retry,
    detail: { ...error.detail, step },
    cause: error.cause,
  });
}

const wordless = ['closed', 'timeout', 'reset', 'protocol', 'server'];

/** Where the connection only broke, the worker's log knows why. */
async function explain(error: AppError, log: WorkerLog, signal: AbortSignal): Promise<AppError> {
  if (signal.aborted || error.detail?.['step'] === undefined || !wordless.includes(error.code)) return error;
  return (await log.reason(signal)) ?? error;
}
