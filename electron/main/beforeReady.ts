import { app, protocol } from 'electron';

/** What Electron takes before the app is ready and never after. Called when it is too late, it does nothing. */
export function beforeReady(): void {
  if (app.isReady()) return;
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges }]);
  joinNetworkService();
  // Root has to say --no-sandbox, and enabling it against that word leaves a shell without a network service.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
}

const IN_PROCESS = 'NetworkServiceInProcess2';

/**
 * On Linux Chromium's network service is a process without a sandbox of its own, and ours has next to nothing to do: the
 * page comes from app:, and what talks to servers is the engine. As a part of this process it costs 10 MiB less and a
 * start less. Elsewhere it is sandboxed and stays where it is.
 */
function joinNetworkService(): void {
  if (process.platform !== 'linux') return;
  const named = app.commandLine.getSwitchValue('enable-features');
  app.commandLine.appendSwitch('enable-features', named ? `${named},${IN_PROCESS}` : IN_PROCESS);
}
