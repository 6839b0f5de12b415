import { call } from '../../api/engine.ts';
import { useConnection } from '../../state/connection.ts';
import { useSettings } from '../../state/settings.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { useVault } from '../../state/vault.ts';
import { Check } from '../../widgets/Field.tsx';
import styles from './CertificateCard.module.css';
import type { SignInWay } from './useSignIn.ts';

/** What will be kept of the sign-in, where, and till when; and the choice, where there is one. */
export function KeepLine({ way }: { way: SignInWay }) {
  const { keeps, canBeUnprotected } = useVault();
  const isOn = useSettings(({ keepsSignIns = true }) => keepsSignIns);
  const forced = useConnection(({ hello }) => hello?.forced);
  const isForced = forced?.includes(keeps === 'system' ? 'keepsSignIns' : 'keepsUnprotected') ?? false;
  const isKept = isOn && keeps !== 'memory';
  return (
    <section aria-label="What is kept">
      {(keeps !== 'memory' || canBeUnprotected) && (
        <Check
          label={keeps === 'system' ? 'Keep me signed in' : 'Keep me signed in, in a file that only its rights protect'}
          isOn={isKept}
          isOff={isForced}
          onChange={(next) => choose(next, keeps !== 'system')}
        />
      )}
      <p className={`${keeps === 'memory' && !canBeUnprotected ? '' : styles.indent} dim`}>
        {isKept ? kept(way, keeps) : ends(keeps)}
        {isForced && ' The administrator of this computer decided so.'}
      </p>
    </section>
  );
}

function kept(way: SignInWay, keeps: 'system' | 'unprotected'): string {
  const where =
    keeps === 'system'
      ? 'with the key store of this computer'
      : 'in a file that every program of your account can read';
  return way === 'token'
    ? `The token’s secret is kept ${where}. Signing out removes it.`
    : `The session, never the password, is kept ${where}. It ends two hours after Sluice was last open. Signing out removes it.`;
}

function ends(keeps: 'system' | 'unprotected' | 'memory'): string {
  if (keeps === 'system') return 'Nothing is kept: this sign-in ends with Sluice.';
  return 'No key store was found on this computer, so this sign-in ends with Sluice.';
}

function choose(isOn: boolean, isUnprotected: boolean): void {
  const before = useSettings.getState();
  const settings = { ...before, keepsSignIns: isOn, ...(isUnprotected && { keepsUnprotected: isOn }) };
  useSettings.setState(settings);
  call('settings.set', { settings }).catch((error: unknown) => {
    useSettings.setState(before);
    notifyFailure('The choice was not kept.', error);
  });
}
