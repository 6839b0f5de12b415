import { type RefObject, useEffect, useRef, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import { type ConsoleAddress, readConsoleAddress } from '../../../shared/codec/link/consoleAddress.ts';
import type { Certificate } from '../../../shared/model/cluster.ts';
import type { KnownAddress } from '../../../shared/model/consoleAddress.ts';
import type { LaunchView } from '../../../shared/model/launch.ts';
import { call } from '../../api/engine.ts';
import { note } from '../../state/log.ts';
import { notify } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import { openEndpoint } from './openEndpoint.ts';

/** What the dialog of an address shows and can do. */
export interface AddressForm {
  readonly address: string;
  readonly password: string;
  readonly view: LaunchView;
  /** As far as it can be read. */
  readonly read: ConsoleAddress | undefined;
  readonly hint: string;
  readonly error: string | undefined;
  readonly certificate: Certificate | undefined;
  readonly isTrusted: boolean;
  readonly isBusy: boolean;
  readonly canOpen: boolean;
  readonly known: readonly KnownAddress[];
  readonly passwordField: RefObject<HTMLInputElement | null>;
  setAddress(address: string): void;
  setPassword(password: string): void;
  setView(view: LaunchView): void;
  setTrusted(isTrusted: boolean): void;
  choose(known: KnownAddress): void;
  forget(known: KnownAddress): void;
  open(): Promise<void>;
}

const FORMS = 'vnc://, spice://, ws://, wss://, tcp://, tls:// or unix:, then where it is.';

export function useAddress(given: string, givenView: LaunchView | undefined, onClose: () => void): AddressForm {
  const [address, setAddressOnly] = useState(given);
  const [password, setPassword] = useState('');
  const [chosenView, setView] = useState<LaunchView>(givenView ?? 'vnc');
  const [certificate, setCertificate] = useState<Certificate | undefined>(undefined);
  const [isTrusted, setTrusted] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const passwordField = useRef<HTMLInputElement>(null);
  const work = useWork();
  const { known, forget } = useKnown();
  const { read, problem } = tryRead(address);
  const view = read?.view ?? chosenView;

  const setAddress = (next: string) => {
    setAddressOnly(next);
    setCertificate(undefined);
    setTrusted(false);
    setError(undefined);
  };

  const open = async () => {
    if (problem !== undefined) return setError(problem);
    setError(undefined);
    try {
      const accept = isTrusted && certificate ? { acceptFingerprint: certificate.fingerprint } : {};
      const wish = { address, view, ...(password && view !== 'terminal' && { password }), ...accept };
      const opened = await work.run((signal) => call('address.open', wish, { signal }));
      if (!opened) return; // the dialog was closed meanwhile
      if (opened.kind === 'certificate') {
        setCertificate(opened.certificate);
        return setTrusted(false);
      }
      onClose();
      if (opened.kind === 'console') openEndpoint(opened);
      else notify({ kind: 'done', text: `It is open in ${opened.viewer}.` });
    } catch (caught) {
      const failure = AppError.from(caught);
      if (failure.detail?.['missing'] === 'viewer') openDialog({ kind: 'no-viewer', protocol: 'spice', guestKey: '' });
      else setError(failure.message);
    }
  };

  const mustTrust = certificate?.trust === 'unknown' || certificate?.trust === 'changed';
  return {
    ...{ address, password, view, read, error, certificate, isTrusted, known, passwordField },
    hint: FORMS,
    isBusy: work.isBusy,
    canOpen: address.trim() !== '' && !work.isBusy && (!mustTrust || isTrusted),
    ...{ setAddress, setPassword, setView, setTrusted, forget, open },
    choose: (one) => {
      setAddress(one.address);
      setView(one.view);
      requestAnimationFrame(() => passwordField.current?.focus());
    },
  };
}

function tryRead(address: string): { read?: ConsoleAddress; problem?: string } {
  try {
    return { read: readConsoleAddress(address) };
  } catch (error) {
    return { problem: AppError.from(error).message };
  }
}

/** One call at a time; it is given up with the dialog. */
function useWork() {
  const [isBusy, setBusy] = useState(false);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = async <T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> => {
    const control = new AbortController();
    running.current = control;
    setBusy(true);
    try {
      return await ask(control.signal);
    } catch (error) {
      if (control.signal.aborted) return undefined;
      throw error;
    } finally {
      if (!control.signal.aborted) setBusy(false);
    }
  };
  return { isBusy, run };
}

function useKnown() {
  const [known, setKnown] = useState<readonly KnownAddress[]>([]);
  useEffect(() => {
    call('address.list', {}).then(
      ({ addresses }) => setKnown(addresses),
      () => note('What was opened before could not be listed.', 'warn'),
    );
  }, []);
  const forget = ({ address, view }: KnownAddress) => {
    setKnown((all) => all.filter((one) => one.address !== address || one.view !== view));
    call('address.forget', { address, view }).catch(() => note(`${address} was not forgotten.`, 'warn'));
  };
  return { known, forget };
}
