import { lazy, Suspense, useEffect, useRef } from 'react';

import { frontWindow } from '../state/popOuts.ts';
import { closeDialog, type OpenDialog, type Ui, useUi } from '../state/ui.ts';
// Not lazy: who presses Ctrl K types on at once, and not a letter may be lost.
import { Palette } from '../views/palette/Palette.tsx';
import { PortalHomeProvider } from '../widgets/portalHome.ts';

const loadSignIn = () => import('../views/signIn/SignInDialog.tsx');
const loadConfirm = () => import('../views/dialogs/ConfirmDialog.tsx');
const SignInDialog = lazy(loadSignIn);
const ConfirmDialog = lazy(loadConfirm);
const AddressDialog = lazy(() => import('../views/launch/AddressDialog.tsx'));
const LaunchDialog = lazy(() => import('../views/launch/LaunchDialog.tsx'));
const PasteDialog = lazy(() => import('../views/dialogs/PasteDialog.tsx'));
const SettingsDialog = lazy(() => import('../views/dialogs/SettingsDialog.tsx'));
const KeysDialog = lazy(() => import('../views/dialogs/KeysDialog.tsx'));
const CertificateDialog = lazy(() => import('../views/dialogs/CertificateDialog.tsx'));
const TrustDialog = lazy(() => import('../views/dialogs/TrustDialog.tsx'));
const GatewayDialog = lazy(() => import('../views/dialogs/GatewayDialog.tsx'));
const AnswerDialog = lazy(() => import('../views/start/AnswerDialog.tsx'));
const UnlockDialog = lazy(() => import('../views/start/UnlockDialog.tsx'));
const RestoreDialog = lazy(() => import('../views/backups/RestoreDialog.tsx'));
const RestoreFilesDialog = lazy(() => import('../views/start/RestoreFilesDialog.tsx'));
const SaveDialog = lazy(() => import('../views/backups/SaveDialog.tsx'));
const BackupDialog = lazy(() => import('../views/start/BackupDialog.tsx'));
const LimitsDialog = lazy(() => import('../views/start/LimitsDialog.tsx'));
const MigrateDialog = lazy(() => import('../views/start/MigrateDialog.tsx'));
const MigrateManyDialog = lazy(() => import('../views/start/MigrateManyDialog.tsx'));
const RemoteMigrateDialog = lazy(() => import('../views/start/RemoteMigrateDialog.tsx'));
const UploadDialog = lazy(() => import('../views/start/UploadDialog.tsx'));
const NoViewerDialog = lazy(() => import('../views/dialogs/NoViewerDialog.tsx'));
const ForgetDialog = lazy(() => import('../views/dialogs/ForgetDialog.tsx'));

/** Fetches what opens most often, so that it opens at once. */
export const warmDialogs = (): Promise<unknown> => Promise.all([loadSignIn(), loadConfirm()]);

/** The one dialog that is open. */
export function Dialogs() {
  const dialog = useUi((ui) => ui.dialog);
  useEffect(() => useUi.subscribe(keepFocus), []);
  // It stays in the window in which it was asked for.
  const home = useRef<Window | undefined>(undefined);
  home.current = dialog ? (home.current ?? frontWindow()) : undefined;
  const isHere = home.current === undefined || home.current === window;
  return (
    <PortalHomeProvider value={isHere ? undefined : home.current?.document.body}>
      <Suspense fallback={null}>{dialog && <Current dialog={dialog} />}</Suspense>
    </PortalHomeProvider>
  );
}

let before: Element | null = null;

/** The focus goes back to where it was, unless what was done put it elsewhere. */
function keepFocus(now: Ui, last: Ui): void {
  const own = frontWindow().document;
  if (now.dialog && !last.dialog) before = own.activeElement;
  if (now.dialog || !last.dialog) return;
  const target = before;
  before = null;
  requestAnimationFrame(() => {
    if (own.activeElement !== own.body) return;
    const isThere = target?.isConnected === true && target !== own.body;
    const next = isThere ? (target as HTMLElement) : own.querySelector<HTMLElement>('[data-area-focus]');
    next?.focus({ preventScroll: true });
  });
}

function Current({ dialog }: { dialog: OpenDialog }) {
  switch (dialog.kind) {
    case 'sign-in':
      return <SignInDialog address={dialog.address ?? ''} user={dialog.user ?? ''} onClose={closeDialog} />;
    case 'certificate':
      return <CertificateDialog clusterId={dialog.clusterId} onClose={closeDialog} />;
    case 'trust':
      return <TrustDialog clusterId={dialog.clusterId} onClose={closeDialog} />;
    case 'gateway':
      return <GatewayDialog clusterId={dialog.clusterId} onClose={closeDialog} />;
    case 'forget':
      return <ForgetDialog clusterId={dialog.clusterId} onClose={closeDialog} />;
    case 'launch':
      return <LaunchDialog launchId={dialog.launchId} onClose={closeDialog} />;
    case 'address':
      return <AddressDialog address={dialog.address ?? ''} view={dialog.view} onClose={closeDialog} />;
    case 'settings':
      return <SettingsDialog onClose={closeDialog} />;
    case 'keys':
      return <KeysDialog onClose={closeDialog} />;
    case 'palette':
      return <Palette text={dialog.text} beside={dialog.beside} onClose={closeDialog} />;
    case 'paste':
      return <PasteDialog panelId={dialog.panelId} onClose={closeDialog} />;
    case 'no-viewer':
      return <NoViewerDialog protocol={dialog.protocol} guestKey={dialog.guestKey} onClose={closeDialog} />;
    case 'restore': {
      const { clusterId, snapshot, archive } = dialog;
      return <RestoreDialog clusterId={clusterId} snapshot={snapshot} archive={archive} onClose={closeDialog} />;
    }
    case 'save-backup':
      return <SaveDialog title={dialog.title} name={dialog.name} source={dialog.source} onClose={closeDialog} />;
    case 'restore-files':
      return <RestoreFilesDialog guestKey={dialog.guestKey} onClose={closeDialog} />;
    case 'transfer-unlock':
      return <UnlockDialog transferId={dialog.transferId} onClose={closeDialog} />;
    case 'transfer-answer':
      return <AnswerDialog transferId={dialog.transferId} onClose={closeDialog} />;
    case 'upload':
      return <UploadDialog {...dialog} onClose={closeDialog} />;
    case 'limits':
      return <LimitsDialog onClose={closeDialog} />;
    case 'migrate':
      return <MigrateDialog guestKey={dialog.guestKey} onClose={closeDialog} />;
    case 'migrate-many':
      return <MigrateManyDialog {...dialog} onClose={closeDialog} />;
    case 'remote-migrate':
      return <RemoteMigrateDialog guestKey={dialog.guestKey} onClose={closeDialog} />;
    case 'backup':
      return <BackupDialog guestKey={dialog.guestKey} onClose={closeDialog} />;
    case 'confirm':
      return <ConfirmDialog {...dialog} onClose={closeDialog} />;
  }
}
