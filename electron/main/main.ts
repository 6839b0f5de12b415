// The Electron shell: one sandboxed window on app://sluice/, the engine in a utility process, a port between the two.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  ipcMain,
  Menu,
  nativeTheme,
  powerMonitor,
  powerSaveBlocker,
  session,
  type WebFrameMain,
} from 'electron';

import { keyboardHolder, menuPlace, shellMenus } from '../../shared/wire/shellMenu.ts';
import { updateAction } from '../../shared/wire/shellUpdate.ts';
import { shellNotice, shellWork } from '../../shared/wire/shellWork.ts';
import { readMachinePolicy } from '../hosts/policyFile.ts';
import { setMenus } from './appMenu.ts';
import { serveApp } from './appProtocol.ts';
import { beforeReady } from './beforeReady.ts';
import { choosePlace } from './choosePlace.ts';
import { commandArguments, runCommand } from './commandMode.ts';
import { Crashes } from './crashes.ts';
import { EngineProcess } from './engineProcess.ts';
import { giveBackAfterStart } from '../hosts/giveBack.ts';
import { keptTheme, theme } from './keptTheme.ts';
import { launchArguments } from './launchArguments.ts';
import { lockDown } from './lockdown.ts';
import { refuseToStart, whyDataIsNotOurs } from './newerData.ts';
import { Notices } from './notices.ts';
import { PowerSigns } from './powerSigns.ts';
import { openVault } from './secretVault.ts';
import { readStartOptions } from './startOptions.ts';
import { Updates } from './update/updates.ts';
import { AppWindows } from './windows.ts';
import { WorkSigns } from './workSigns.ts';

const CLOSE_ENGINE_MS = 3_000; // the app is gone 5 s after it was told to end

const distDir = fileURLToPath(new URL('.', import.meta.url));
const startOptions = readStartOptions(process.argv, process.env);

let engine: EngineProcess | undefined;
let windows: AppWindows | undefined;

const showWindow = () => windows?.showMain();
const isOurPage = (event: { readonly senderFrame: WebFrameMain | null }) =>
  windows?.isOurPage(event.senderFrame) ?? false;

function listenToPage(): void {
  ipcMain.on('connect', (event) => {
    const [port] = event.ports;
    if (!port) return;
    if (isOurPage(event)) engine?.connect(port);
    else port.close();
  });
  ipcMain.on('theme', (event, choice: unknown) => {
    const parsed = theme.safeParse(choice);
    if (parsed.success && isOurPage(event)) nativeTheme.themeSource = parsed.data;
  });
  ipcMain.handle('choose-place', (event, name: unknown) =>
    isOurPage(event) ? choosePlace(BrowserWindow.fromWebContents(event.sender), name) : undefined,
  );
  ipcMain.on('show-main', (event) => {
    if (isOurPage(event)) showWindow();
  });
}

const keptRunning = {
  id: 'sluice:kept-running',
  title: 'Sluice goes on in the background',
  body: 'It ends by itself when what runs is done. Its sign beside the clock, or starting it again, shows the window.',
};

const notices = new Notices((id) => {
  showWindow();
  if (id !== keptRunning.id) windows?.main?.webContents.send('notice-click', id);
});

/** What the page tells the desktop: notifications, and how far its work is. */
function listenToWork(): void {
  const signs = new WorkSigns(showWindow);
  ipcMain.on('notice', (event, notice: unknown) => {
    const parsed = shellNotice.safeParse(notice);
    if (parsed.success && isOurPage(event)) notices.show(parsed.data);
  });
  ipcMain.on('work', (event, work: unknown) => {
    const parsed = shellWork.safeParse(work);
    if (!parsed.success || !isOurPage(event)) return;
    signs.show(parsed.data, windows?.main);
    windows?.setWorking((parsed.data.own ?? 0) > 0);
  });
}

/** New versions: the page shows them, the person decides there. */
function listenToUpdates(updates: Updates): void {
  const tell = () => windows?.main?.webContents.send('update', updates.state);
  updates.onChanged(tell);
  ipcMain.on('update-watch', (event) => {
    if (isOurPage(event)) tell();
  });
  ipcMain.on('update', (event, action: unknown) => {
    const parsed = updateAction.safeParse(action);
    if (parsed.success && isOurPage(event)) void updates.act(parsed.data);
  });
}

/** Before another version takes our place: nothing of ours runs on, and it may be the one instance. */
async function prepareToEnd(): Promise<void> {
  await engine?.close(CLOSE_ENGINE_MS);
  app.releaseSingleInstanceLock();
}

/** Menus hold what the page can do; their accelerators yield to a console that has the keyboard. */
function listenToMenus(own: AppWindows): void {
  ipcMain.on('menus', (event, menus: unknown) => {
    const parsed = shellMenus.safeParse(menus);
    if (parsed.success && isOurPage(event)) setMenus(parsed.data, own);
  });
  ipcMain.on('pop-up-menu', (event, place: unknown) => {
    const parsed = menuPlace.safeParse(place);
    const window = own.all.find((one) => one.isFocused()) ?? own.main;
    if (parsed.success && isOurPage(event) && window) Menu.getApplicationMenu()?.popup({ window, ...parsed.data });
  });
  ipcMain.on('keyboard', (event, holder: unknown) => {
    const parsed = keyboardHolder.safeParse(holder);
    if (parsed.success && isOurPage(event)) own.setKeyboard(parsed.data);
  });
}

async function start(): Promise<void> {
  await app.whenReady();
  const dataDir = app.getPath('userData');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  nativeTheme.themeSource = keptTheme(dataDir);
  const own = new AppWindows({
    dataDir,
    preloadPath: join(distDir, 'preload.cjs'),
    onKeptRunning: () => notices.show(keptRunning),
  });
  windows = own;
  lockDown(session.defaultSession, own.optionsFor);
  serveApp(session.defaultSession, join(distDir, 'page'));
  // First: all else that a start has to do goes on while the page's process comes up.
  showWindow();
  equip(own, dataDir);
  for (const text of early.splice(0)) engine?.launch(text);
  giveBackAfterStart();
}

/** What stands behind the windows. All of it is there before a page has said its first word. */
function equip(own: AppWindows, dataDir: string): void {
  // What is packed takes it from its one place; the environment is the person's.
  const policy = readMachinePolicy(app.isPackaged ? undefined : process.env.SLUICE_POLICY_FILE);
  if (policy.problem !== undefined) console.error(policy.problem);
  const updates = new Updates({ policy, window: () => own.main, prepareToEnd });
  const power = new PowerSigns({
    events: powerMonitor,
    blocker: powerSaveBlocker,
    onSleep: (isAsleep) => engine?.setAsleep(isAsleep),
  });
  const crashes = new Crashes({ dataDir, window: () => own.main });
  engine = new EngineProcess({
    modulePath: join(distDir, 'utilityHost.mjs'),
    vault: openVault(dataDir),
    show: showWindow,
    onDeath: (code) => crashes.note(`The engine ended with code ${code}`),
    onWords: (text) => crashes.heard(text),
    onGivenUp: (again) => void crashes.giveUp('The engine', again),
    onWork: (work) => {
      updates.follow(work);
      power.follow(work);
    },
    start: {
      version: app.getVersion(),
      dataDir,
      forced: policy.forced,
      ...(startOptions.demo === undefined ? {} : { demo: startOptions.demo }),
    },
  });
  setMenus([], own);
  listenToMenus(own);
  listenToPage();
  listenToWork();
  listenToUpdates(updates);
}

/** What came before there was an engine to give it to. */
const early: string[] = [];

function launch(texts: readonly string[]): void {
  if (engine) for (const text of texts) engine.launch(text);
  else early.push(...texts);
}

/** What the system opens with us: macOS says it in events, the others on the command line of another start. */
function listenToSystem(): void {
  launch(launchArguments(process.argv, process.cwd()));
  app.on('second-instance', (_event, argv, directory) => {
    launch(launchArguments(argv, directory));
    showWindow();
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    launch(launchArguments(['', url], '/'));
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    launch(launchArguments(['', path], '/'));
  });
  app.on('activate', showWindow);
}

function endWithEngine(): void {
  let isClosed = false;
  app.on('will-quit', (event) => {
    if (isClosed || !engine?.isRunning) return;
    event.preventDefault();
    void engine.close(CLOSE_ENGINE_MS).finally(() => {
      isClosed = true;
      app.quit();
    });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
}

function fail(error: unknown): void {
  console.error(error);
  app.exit(1);
}

function startApp(): void {
  if (startOptions.dataDir !== undefined) app.setPath('userData', resolve(startOptions.dataDir));
  const reason = whyDataIsNotOurs(app.getPath('userData'), app.getVersion());
  if (reason !== undefined) {
    refuseToStart(reason).catch(fail);
    return;
  }
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  beforeReady();
  listenToSystem();
  endWithEngine();
  start().catch(fail);
}

const command = commandArguments(process.argv);
if (command) runCommand(command).catch(fail);
else startApp();
