import type { Socket } from 'node:net';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { authHeaders, type Credentials } from '../api/credentials.ts';
import { encodeForm } from '../api/form.ts';
import { parseAddress } from '../net/address.ts';
import { CONNECT_TIMEOUT_MS, openTlsSocket } from '../net/connector.ts';
import { forPeople, HeadCollector, type HttpHead, headerLine, notHttp, statusOf } from '../net/httpHead.ts';
import { abortedError, timeoutError, toNetError } from '../net/netErrors.ts';
import type { Trust } from '../net/trust.ts';

const PROTOCOL = 'proxmox-backup-reader-protocol-v1';
const MOST_REFUSAL_BYTES = 4 << 10; // a sentence
const ANSWER_MS = 30_000; // the server takes a lock first, and a refused sign-in is answered 3 s late

/** Which backup. */
export interface SnapshotRef {
  readonly datastore: string;
  /** Empty: the root. */
  readonly namespace: string;
  readonly type: string;
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timeS: number;
}

/** The server, and who asks. Asked anew for each session: a ticket may have been renewed. */
export interface ReaderServer {
  readonly address: string;
  readonly trust: Trust;
  credentials(): Credentials | undefined;
}

/**
 * Opens a connection and has it upgraded to the reader protocol. The handshake is done by hand: older servers leave
 * out `Connection: upgrade`, which Node's HTTP client takes for no upgrade (PBS wire facts 9.4). What came behind the
 * answer is still in the socket. Fails as `openTlsSocket` does, and with `forbidden`, `not-found`, `busy`,
 * `session-expired` or `server` in the server's words.
 */
export async function openReader(
  server: ReaderServer,
  snapshot: SnapshotRef,
  options: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<Socket> {
  const { address, trust } = server;
  const request = requestText(server, snapshot);
  const socket = await openTlsSocket({ ...parseAddress(address), trust, timeoutMs: CONNECT_TIMEOUT_MS, ...options });
  return await upgrade(socket, request, { place: address, ...options });
}

function requestText(server: ReaderServer, { datastore, namespace, type, id, timeS }: SnapshotRef): string {
  const query = encodeForm({
    store: datastore,
    'backup-type': type,
    'backup-id': id,
    'backup-time': timeS,
    ns: namespace === '' ? undefined : namespace,
  });
  // Signed as a request with side effects is: the server asks for the CSRF token here too.
  const signed = authHeaders(server.credentials(), 'POST');
  const fields = { Host: server.address, ...signed, Connection: 'upgrade', Upgrade: PROTOCOL };
  const lines = Object.entries(fields).map(([name, value]) => headerLine(name, value));
  return `GET /api2/json/reader?${query} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

interface Asking {
  readonly place: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

function upgrade(socket: Socket, request: string, { place, clock, signal }: Asking): Promise<Socket> {
  const answer = new UpgradeAnswer(place);
  let isWritten = false;
  let isUpgraded = false;
  return new Promise((resolve, reject) => {
    const timer = clock.timer(ANSWER_MS, () => fail(timeoutError(place, ANSWER_MS)));
    const handleAbort = () => fail(abortedError(place));
    const handleError = (error: unknown) => fail(toNetError(error, place));
    const handleEnd = () => fail(answer.cutOff());
    const leave = () => {
      timer.dispose();
      signal?.removeEventListener('abort', handleAbort);
      socket.off('data', handleData).off('error', handleError).off('end', handleEnd).off('close', handleEnd);
    };
    const fail = (error: AppError) => {
      leave();
      socket.destroy();
      reject(error);
    };
    // Not before our request is written: HTTP/2 takes over the socket, and would be told of a write it never made.
    const settle = () => {
      if (!isUpgraded || !isWritten) return;
      leave();
      resolve(socket);
    };
    const handleData = (chunk: Buffer) => {
      try {
        const rest = answer.take(chunk);
        if (!rest) return;
        socket.off('data', handleData).pause();
        if (rest.length > 0) socket.unshift(rest);
        isUpgraded = true;
        settle();
      } catch (error) {
        fail(AppError.from(error));
      }
    };
    socket.on('data', handleData).once('error', handleError).once('end', handleEnd).once('close', handleEnd);
    if (signal?.aborted) return handleAbort();
    signal?.addEventListener('abort', handleAbort, { once: true });
    socket.write(request, 'latin1', () => {
      isWritten = true;
      settle();
    });
    socket.resume();
  });
}

/** What the server says to the upgrade, in whatever pieces. */
class UpgradeAnswer {
  readonly #place: string;
  readonly #collector: HeadCollector;
  #head: HttpHead | undefined;
  #body = Buffer.alloc(0);

  constructor(place: string) {
    this.#place = place;
    this.#collector = new HeadCollector(place);
  }

  /** What came behind the answer, once the reader protocol is spoken. Throws the refusal, once all of it is there. */
  take(chunk: Buffer): Buffer | undefined {
    if (this.#head) return this.#takeRefusal(this.#head, chunk);
    const found = this.#collector.push(chunk);
    if (!found) {
      if (this.#collector.isGarbage) throw notHttp(this.#place);
      return undefined;
    }
    this.#head = found.head;
    const rest = chunk.subarray(found.usedBytes);
    return statusOf(found.head)?.status === 101 ? rest : this.#takeRefusal(found.head, rest);
  }

  /** The connection ended first. */
  cutOff(): AppError {
    if (this.#head) return refusal(this.#place, this.#head, this.#body);
    return toNetError({ code: 'ECONNRESET' }, this.#place);
  }

  #takeRefusal(head: HttpHead, chunk: Buffer): undefined {
    this.#body = Buffer.concat([this.#body, chunk]).subarray(0, MOST_REFUSAL_BYTES);
    const promisedBytes = Number(head.fields.get('content-length') ?? Number.POSITIVE_INFINITY);
    if (this.#body.length >= Math.min(promisedBytes, MOST_REFUSAL_BYTES)) throw this.cutOff();
    return undefined;
  }
}

/** The server's own words: text, whatever its type says (PBS wire facts 9.1). */
function refusal(place: string, head: HttpHead, body: Buffer): AppError {
  const line = statusOf(head);
  if (!line) return notHttp(place);
  const said = forPeople(body.toString('utf8')) || line.reason || `status ${line.status}`;
  const later = { retry: 'later' } as const;
  // Before the words are looked at: a ticket that has ended is called "permission check failed." (PBS wire facts 9.1).
  if (line.status === 401) {
    const message = `The server no longer accepts this sign-in: ${said}. Sign in again.`;
    return new AppError('session-expired', message, { retry: 'after-login' });
  }
  if (/permission/.test(said) || line.status === 403) {
    return new AppError('forbidden', `The server did not allow to read this backup: ${said}`);
  }
  if (/does not exist/.test(said)) return new AppError('not-found', `The backup is not there any more: ${said}`);
  if (/\block/.test(said)) return new AppError('busy', `The backup is in use: ${said}. Try again in a while.`, later);
  if (line.status === 404) return new AppError('not-proxmox', `${place} is no Proxmox Backup Server: ${said}`);
  return new AppError('server', `The server could not open the backup: ${said}`, later);
}
