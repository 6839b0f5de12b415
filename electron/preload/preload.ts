// Runs sandboxed before the page. Gives it a few named verbs and keeps ipcRenderer to itself.
import { contextBridge, ipcRenderer, webFrame, webUtils } from 'electron';

import { type ShellBridge, shellPortKind } from '../../shared/wire/shellBridge.ts';

let requests = 0;

const bridge: ShellBridge = {
  platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
  connect() {
    const request = ++requests;
    const { port1, port2 } = new MessageChannel();
    ipcRenderer.postMessage('connect', undefined, [port1]);
    // Delivered after this call has returned, so that the page can listen for the number it was given.
    window.postMessage({ kind: shellPortKind, request }, window.location.origin, [port2]);
    return request;
  },
  setTheme(theme) {
    ipcRenderer.send('theme', theme);
  },
  showMain() {
    ipcRenderer.send('show-main');
  },
  setMenus(menus) {
    ipcRenderer.send('menus', menus);
  },
  onCommand(listener) {
    ipcRenderer.removeAllListeners('command');
    ipcRenderer.on('command', (_event, id: unknown) => {
      if (typeof id === 'string') listener(id);
    });
  },
  popUpMenu(place) {
    ipcRenderer.send('pop-up-menu', place);
  },
  setKeyboard(holder) {
    ipcRenderer.send('keyboard', holder);
  },
  pathOf(file) {
    return webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]);
  },
  async choosePlace(name) {
    const path: unknown = await ipcRenderer.invoke('choose-place', name);
    return typeof path === 'string' ? path : undefined;
  },
  notify(notice) {
    ipcRenderer.send('notice', notice);
  },
  onNoticeClick(listener) {
    ipcRenderer.removeAllListeners('notice-click');
    ipcRenderer.on('notice-click', (_event, id: unknown) => {
      if (typeof id === 'string') listener(id);
    });
  },
  setWork(work) {
    ipcRenderer.send('work', work);
  },
  onUpdate(listener) {
    ipcRenderer.removeAllListeners('update');
    ipcRenderer.on('update', (_event, state: unknown) => listener(state));
    ipcRenderer.send('update-watch');
  },
  update(action) {
    ipcRenderer.send('update', action);
  },
};

contextBridge.exposeInMainWorld('sluice', bridge);

const GIVE_BACK_AFTER_MS = 5_000; // the window stands; what its start left behind goes back to the system
setTimeout(() => webFrame.clearCache(), GIVE_BACK_AFTER_MS);
