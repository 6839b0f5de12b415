// The least that an Electron app is: one window of our size with one word in it. `start.mjs` measures Sluice beside it.
import { app, BrowserWindow } from 'electron';

const dataDir = process.argv.find((argument) => argument.startsWith('--data-dir='))?.slice('--data-dir='.length);
if (dataDir) app.setPath('userData', dataDir);
app.on('window-all-closed', () => app.quit());
const page = '<!doctype html><title>Empty</title><p elementtiming="usable">Empty</p>';
// Not awaited here: Electron is ready only once this file has run to its end.
void app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1440, height: 900, webPreferences: { sandbox: true, spellcheck: false } });
  return window.loadURL(`data:text/html,${encodeURIComponent(page)}`);
});
