import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

import { systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Certificate } from '../../../shared/model/cluster.ts';
import type { LoginResult, SecondFactorKind } from '../../../shared/model/session.ts';
import type { Result } from '../../../shared/wire/contract.ts';
import { call } from '../../api/engine.ts';
import { useClusters } from '../../state/clusters.ts';

/** So long after the last key the address is asked by itself. */
const PAUSE_MS = 800;

export type Probe =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking' }
  | ({ readonly kind: 'answered' } & Result<'cluster.probe'>)
  | { readonly kind: 'failed'; readonly error: AppError };

export type Challenge = Extract<LoginResult, { kind: 'second-factor' }>;

export interface SignIn {
  readonly address: string;
  readonly probe: Probe;
  readonly isTrusted: boolean;
  readonly user: string;
  readonly realm: string;
  readonly realms: readonly { value: string; label: string; hint?: string | undefined }[];
  readonly password: string;
  readonly isBusy: boolean;
  readonly error: string | undefined;
  readonly challenge: Challenge | undefined;
  readonly canSubmit: boolean;
  readonly isKnown: boolean;
  readonly knownName: string;
  readonly userField: RefObject<HTMLInputElement | null>;
  readonly passwordField: RefObject<HTMLInputElement | null>;
  setAddress(address: string): void;
  probeNow(): void;
  setTrusted(isTrusted: boolean): void;
  setUser(user: string): void;
  /** Takes a realm out of `root@pam`. */
  splitUser(): void;
  setRealm(realm: string): void;
  setPassword(password: string): void;
  submit(): Promise<void>;
  answer(kind: SecondFactorKind, code: string): Promise<void>;
  /** Back from the second factor to the password. */
  goBack(): void;
}

const isJudged = ({ trust }: Certificate) => trust === 'system' || trust === 'accepted';

export function useSignIn(firstAddress: string, firstUser: string, onDone: () => void): SignIn {
  const [name, firstRealm] = splitAtRealm(firstUser);
  const probing = useProbe(firstAddress);
  const { probe, address } = probing;
  const [isTrusted, setTrusted] = useState(false);
  const [user, setUser] = useState(name);
  const [wantedRealm, setRealm] = useState(firstRealm ?? '');
  const [password, setPassword] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const [challenge, setChallenge] = useState<Challenge | undefined>(undefined);
  const userField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const known = useClusters(({ list }) => list.find((one) => one.address === address));

  const fingerprint = probe.kind === 'answered' ? probe.certificate.fingerprint : '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: another certificate has to be looked at anew
  useEffect(() => setTrusted(false), [fingerprint]);

  const realms = probe.kind === 'answered' ? probe.realms : [];
  const realm =
    realms.find((one) => one.realm === wantedRealm)?.realm ??
    (realms.find((one) => one.isDefault) ?? realms.find((one) => one.realm === 'pam') ?? realms[0])?.realm ??
    '';

  const step = async (ask: () => Promise<LoginResult>): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const result = await ask();
      if (result.kind === 'signed-in') return onDone();
      setChallenge(result);
    } catch (caught) {
      handleFailure(AppError.from(caught));
    } finally {
      setBusy(false);
    }
  };
  const handleFailure = (failure: AppError) => {
    setError(failure.message);
    if (failure.code === 'challenge-expired') setChallenge(undefined);
    // A challenge is good for one answer; the engine names the next one with the refusal.
    const next = failure.detail?.challengeId;
    if (typeof next === 'string') setChallenge((last) => last && { ...last, challengeId: next });
    if (failure.code === 'certificate-changed' || failure.code === 'certificate-unknown') probing.ask();
    if (failure.code === 'login-failed') passwordField.current?.select();
  };

  const submit = () =>
    step(async () => {
      if (probe.kind !== 'answered') throw new AppError('invalid', 'The address was not asked yet.');
      const { certificate } = probe;
      const accepted = certificate.acceptedFingerprint;
      if (certificate.trust === 'changed' && known && accepted) {
        const change = { clusterId: known.id, oldFingerprint: accepted, newFingerprint: certificate.fingerprint };
        await call('cluster.acceptCertificate', change);
      }
      const login = { address: probe.address, username: user.trim(), realm, password };
      return call('session.login', isJudged(certificate) ? login : { ...login, acceptFingerprint: fingerprint });
    });

  const isAnswered = probe.kind === 'answered';
  const mayTrust = isAnswered && (isJudged(probe.certificate) || isTrusted);
  const canSubmit = isAnswered
    ? mayTrust && user.trim() !== '' && password !== '' && realm !== '' && !isBusy
    : address.trim() !== '' && probe.kind !== 'asking';

  return {
    address,
    probe,
    isTrusted,
    user,
    realm,
    realms: realms.map((one) => ({
      value: one.realm,
      label: one.comment || one.realm,
      hint: one.comment ? one.realm : one.type,
    })),
    password,
    isBusy,
    error,
    challenge,
    canSubmit,
    isKnown: known !== undefined,
    knownName: known?.name ?? '',
    userField,
    passwordField,
    setAddress: probing.setAddress,
    probeNow: probing.ask,
    setTrusted,
    setUser,
    splitUser: () => {
      const [plain, at] = splitAtRealm(user);
      if (at === undefined || !realms.some((one) => one.realm === at)) return;
      setUser(plain);
      setRealm(at);
    },
    setRealm,
    setPassword,
    submit: async () => {
      if (canSubmit) await submit();
    },
    answer: (kind, code) =>
      step(() => call('session.answer', { challengeId: challenge?.challengeId ?? '', kind, code: code.trim() })),
    goBack: () => {
      setChallenge(undefined);
      setError(undefined);
    },
  };
}

/** `ada@pve` is user `ada` of realm `pve`; the last @ counts. */
export function splitAtRealm(user: string): readonly [name: string, realm: string | undefined] {
  const at = user.lastIndexOf('@');
  return at > 0 ? [user.slice(0, at), user.slice(at + 1)] : [user, undefined];
}

/** Asks an address who it is, a moment after it was typed; the newest question wins. */
function useProbe(firstAddress: string) {
  const [address, setText] = useState(firstAddress);
  const [probe, setProbe] = useState<Probe>({ kind: 'idle' });
  const asked = useRef<string | undefined>(undefined);
  const abort = useRef<AbortController | undefined>(undefined);

  const run = useCallback(async (text: string, isAgain: boolean) => {
    const wanted = text.trim();
    if (wanted === '' || (!isAgain && asked.current === wanted)) return;
    asked.current = wanted;
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setProbe({ kind: 'asking' });
    try {
      const result = await call('cluster.probe', { address: wanted }, { signal: mine.signal });
      if (!mine.signal.aborted) setProbe({ kind: 'answered', ...result });
    } catch (error) {
      if (!mine.signal.aborted) setProbe({ kind: 'failed', error: AppError.from(error) });
    }
  }, []);

  useEffect(() => {
    if (address.trim() === asked.current) return undefined;
    const timer = systemClock.timer(
      asked.current === undefined && address === firstAddress ? 0 : PAUSE_MS,
      () => void run(address, false),
    );
    return () => timer.dispose();
  }, [address, firstAddress, run]);
  useEffect(() => () => abort.current?.abort(), []);

  const setAddress = (text: string) => {
    setText(text);
    if (text.trim() === asked.current) return;
    abort.current?.abort();
    asked.current = undefined;
    setProbe({ kind: 'idle' });
  };
  const ask = () =>
    void run(address, probe.kind === 'failed' || probe.kind === 'answered' ? probe.kind === 'failed' : false);
  return { address, probe, setAddress, ask };
}
