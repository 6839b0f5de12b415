import { lazy, Suspense } from 'react';

import { closeDialog, type OpenDialog, useUi } from '../state/ui.ts';
import { ConfirmDialog } from '../views/dialogs/ConfirmDialog.tsx';
import { Palette } from '../views/palette/Palette.tsx';
import { SignInDialog } from '../views/signIn/SignInDialog.tsx';

const PasteDialog = lazy(() => import('../views/dialogs/PasteDialog.tsx'));
const SettingsDialog = lazy(() => import('../views/dialogs/SettingsDialog.tsx'));
const KeysDialog = lazy(() => import('../views/dialogs/KeysDialog.tsx'));
const CertificateDialog = lazy(() => import('../views/dialogs/CertificateDialog.tsx'));
const ForgetDialog = lazy(() => import('../views/dialogs/ForgetDialog.tsx'));

/** The one dialog that is open. */
export function Dialogs() {
  const dialog = useUi((ui) => ui.dialog);
  return <Suspense fallback={null}>{dialog && <Current dialog={dialog} />}</Suspense>;
}

function Current({ dialog }: { dialog: OpenDialog }) {
  switch (dialog.kind) {
    case 'sign-in':
      return <SignInDialog address={dialog.address ?? ''} user={dialog.user ?? ''} onClose={closeDialog} />;
    case 'certificate':
      return <CertificateDialog clusterId={dialog.clusterId} onClose={closeDialog} />;
    case 'forget':
      return <ForgetDialog clusterId={dialog.clusterId} onClose={closeDialog} />;
    case 'settings':
      return <SettingsDialog onClose={closeDialog} />;
    case 'keys':
      return <KeysDialog onClose={closeDialog} />;
    case 'palette':
      return <Palette text={dialog.text} beside={dialog.beside} onClose={closeDialog} />;
    case 'paste':
      return <PasteDialog panelId={dialog.panelId} onClose={closeDialog} />;
    case 'confirm':
      return <ConfirmDialog {...dialog} onClose={closeDialog} />;
  }
}
