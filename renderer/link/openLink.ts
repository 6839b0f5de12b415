import { AppError } from '../../shared/base/errors.ts';
import type { Link } from '../../shared/wire/link.ts';
import { createMessagePortLink, type MessagePortLike } from '../../shared/wire/messagePortLink.ts';
import { type ShellBridge, shellPortKind } from '../../shared/wire/shellBridge.ts';
import { createWebSocketLink } from '../../shared/wire/webSocketLink.ts';
import { shell } from './shell.ts';

const ASK_MS = 3_000;

/** Opens the link that this page's host offers. Rejects with `link-lost` when it cannot be had now. */
export function openLink(): Promise<Link> {
  const bridge = shell();
  if (bridge) return openPortLink(bridge);
  const { protocol, host } = window.location;
  return openSocketLink(`${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}/link`);
}

/** In a browser: one WebSocket to the web host that served the page. */
function openSocketLink(url: string): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => resolve(createWebSocketLink(socket, { label: 'web host' })), { once: true });
    let isOpen = false;
    socket.addEventListener('open', () => (isOpen = true), { once: true });
    socket.addEventListener('close', () => isOpen || void whyRefused().then(reject), { once: true });
  });
}

/** A refused WebSocket does not say why; a request beside it does. The cookie ends with the engine that gave it. */
async function whyRefused(): Promise<AppError> {
  const isSignedOut = await fetch('/', { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(ASK_MS) }).then(
    ({ status }) => status === 401,
    () => false, // nobody answers that either
  );
  return isSignedOut
    ? new AppError('session-expired', 'Sluice was started anew and does not know this window.', { retry: 'later' })
    : new AppError('link-lost', 'Sluice’s engine did not answer.', { retry: 'later' });
}

/** In Electron: a MessagePort to the engine's process, asked for through the preload script. */
function openPortLink(bridge: ShellBridge): Promise<Link> {
  return new Promise((resolve) => {
    const request = bridge.connect();
    const listen = (event: MessageEvent<unknown>) => {
      const port = event.ports[0];
      if (event.source !== window || !port || !isAnswer(event.data, request)) return;
      window.removeEventListener('message', listen);
      resolve(createMessagePortLink(asLinkPort(port), { label: 'engine process' }));
    };
    window.addEventListener('message', listen);
  });
}

/** The DOM's types want the transfer list always. */
const asLinkPort = (port: MessagePort): MessagePortLike => ({
  postMessage: (message, transfer) => port.postMessage(message, transfer ?? []),
  start: () => port.start(),
  close: () => port.close(),
  addEventListener: (type, listener) => port.addEventListener(type, listener as (event: Event) => void),
});

function isAnswer(data: unknown, request: number): boolean {
  if (typeof data !== 'object' || data === null || !('kind' in data) || !('request' in data)) return false;
  return data.kind === shellPortKind && data.request === request;
}
