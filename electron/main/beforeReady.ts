import { app, protocol } from 'electron';

/** What Electron takes before the app is ready and never after. Called when it is too late, it does nothing. */
export function beforeReady(): void {
  if (app.isReady()) return;
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges }]);
  // Root has to say --no-sandbox, and enabling it against that word leaves a shell without a network service.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
}
