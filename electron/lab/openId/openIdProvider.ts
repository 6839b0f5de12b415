import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const MAX_FORM_BYTES = 16 * 1024;
const CLIENT_ID = 'proxmox';

interface Asked {
  readonly redirectUri: string;
  readonly state: string;
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0) ?? 0};`);

const page = ({ redirectUri, state }: Asked): string => `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Company sign-in</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 28rem; margin: 15vh auto; padding: 0 1rem }</style></head>
<body><h1>Company sign-in</h1>
<p>The demo cluster asks who you are.</p>
<form method="post" action="/authorize">
<input type="hidden" name="redirect_uri" value="${escapeHtml(redirectUri)}">
<input type="hidden" name="state" value="${escapeHtml(state)}">
<button name="answer" value="yes">Sign in as Olga</button>
<button name="answer" value="no">Refuse</button>
</form></body></html>
`;

/** An OpenID provider with one person, as far as a server and a browser need one. Plain HTTP on loopback. */
export class OpenIdProvider {
  readonly #server: Server;
  /** Codes that were given out, each good once. */
  readonly #codes = new Map<string, { readonly subject: string; readonly redirectUri: string }>();

  constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(): Promise<OpenIdProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OpenIdProvider(server);
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where the browser is sent. */
  authorizeUrl(redirectUri: string, state: string): string {
    const url = new URL('/authorize', this.issuer);
    const query = { response_type: 'code', client_id: CLIENT_ID, redirect_uri: redirectUri, state, scope: 'openid' };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }

  /** Who a code is of; undefined where it was never given for that address, or used before. */
  redeem(code: string, redirectUri: string): string | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    return known?.redirectUri === redirectUri ? known.subject : undefined;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    if (url.pathname !== '/authorize') {
      response.writeHead(404).end('not found');
      return;
    }
    const isAnswer = request.method === 'POST';
    const form = isAnswer ? new URLSearchParams(await readForm(request)) : url.searchParams;
    const asked = { redirectUri: form.get('redirect_uri') ?? '', state: form.get('state') ?? '' };
    // Loopback with any port, as RFC 8252 has it for programs without a server.
    if (!/^http:\/\/127\.0\.0\.1:\d+\/callback$/.test(asked.redirectUri)) {
      response.writeHead(400).end('invalid redirect_uri');
      return;
    }
    if (!isAnswer) {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
      response.end(page(asked));
      return;
    }
    response.writeHead(303, { Location: this.#answer(asked, form.get('answer') === 'yes') }).end();
  }

  #answer({ redirectUri, state }: Asked, isYes: boolean): string {
    const url = new URL(redirectUri);
    url.searchParams.set('state', state);
    if (isYes) {
      const code = randomBytes(24).toString('base64url');
      this.#codes.set(code, { subject: 'olga', redirectUri });
      url.searchParams.set('code', code);
      url.searchParams.set('session_state', randomBytes(8).toString('hex'));
    } else url.searchParams.set('error', 'access_denied');
    return url.href;
  }
}

async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_FORM_BYTES) throw new Error('the form is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
