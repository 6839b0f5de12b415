import { type RefObject, useRef, useState } from 'react';

import { isTokenId } from '../../../shared/model/apiToken.ts';
import type { Certificate, Cluster } from '../../../shared/model/cluster.ts';
import type { LoginResult, SecondFactorKind } from '../../../shared/model/session.ts';
import { call } from '../../api/engine.ts';
import { useClusters } from '../../state/clusters.ts';
import { chooseRealm, realmChoices, splitAtRealm } from './realmOf.ts';
import { type Challenge, useLoginSteps } from './useLoginSteps.ts';
import { type Probe, useProbe } from './useProbe.ts';
import { type Token, useToken } from './useToken.ts';

export type SignInWay = 'password' | 'token';

export interface SignIn {
  readonly address: string;
  readonly probe: Probe;
  readonly isTrusted: boolean;
  readonly way: SignInWay;
  readonly token: Token;
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
  /** Asks the address now; again only where that is wanted. */
  probeNow(isAgain: boolean): void;
  setTrusted(isTrusted: boolean): void;
  setWay(way: SignInWay): void;
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

type Answered = Extract<Probe, { kind: 'answered' }>;
type Credentials =
  | { readonly username: string; readonly realm: string; readonly password: string }
  | { readonly tokenId: string; readonly secret: string };

const isJudged = ({ trust }: Certificate) => trust === 'system' || trust === 'accepted';

/** Accepts what the person compared, then signs in. */
async function login(probe: Answered, known: Cluster | undefined, credentials: Credentials): Promise<LoginResult> {
  const { certificate, address } = probe;
  const { fingerprint, acceptedFingerprint: oldFingerprint } = certificate;
  if (certificate.trust === 'changed' && known && oldFingerprint) {
    await call('cluster.acceptCertificate', { clusterId: known.id, oldFingerprint, newFingerprint: fingerprint });
  }
  const where = isJudged(certificate) ? { address } : { address, acceptFingerprint: fingerprint };
  if ('tokenId' in credentials) return call('session.loginWithToken', { ...where, ...credentials });
  return call('session.login', { ...where, ...credentials });
}

/** Undefined while something is missing. */
function ofPassword(typed: Credentials & { username: string }): Credentials | undefined {
  return Object.values(typed).every((text) => text !== '') ? typed : undefined;
}

function ofToken({ isComplete, id, secret }: Token): Credentials | undefined {
  return isComplete ? { tokenId: id.trim(), secret: secret.trim() } : undefined;
}

export function useSignIn(firstAddress: string, firstUser: string, onDone: () => void): SignIn {
  const isTokenFirst = isTokenId(firstUser);
  const [firstName, firstRealm] = splitAtRealm(isTokenFirst ? '' : firstUser);
  const probing = useProbe(firstAddress);
  const { probe, address } = probing;
  // By fingerprint: another certificate has to be looked at anew.
  const [trusted, setTrusted] = useState<string | undefined>(undefined);
  const [way, setWay] = useState<SignInWay>(isTokenFirst ? 'token' : 'password');
  const token = useToken(isTokenFirst ? firstUser : '');
  const [user, setUser] = useState(firstName);
  const [wantedRealm, setRealm] = useState(firstRealm ?? '');
  const [password, setPassword] = useState('');
  const userField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const known = useClusters(({ list }) => list.find((one) => one.address === address));
  const steps = useLoginSteps(onDone, ({ code }) => {
    if (code === 'certificate-changed' || code === 'certificate-unknown') probing.ask(true);
    if (code === 'login-failed') (way === 'token' ? token.secretField : passwordField).current?.select();
  });
  const { isBusy } = steps;
  const answered = probe.kind === 'answered' ? probe : undefined;
  const certificate = answered?.certificate;
  const isTrusted = certificate !== undefined && certificate.fingerprint === trusted;

  const realms = answered?.realms ?? [];
  const realm = chooseRealm(realms, wantedRealm);
  const credentials = way === 'token' ? ofToken(token) : ofPassword({ username: user.trim(), realm, password });
  const isComplete = credentials !== undefined && !isBusy;
  const canSubmit = certificate
    ? (isJudged(certificate) || isTrusted) && isComplete
    : address.trim() !== '' && probe.kind !== 'asking';

  return {
    ...{ address, probe, isTrusted, user, realm, password, canSubmit, userField, passwordField },
    ...{ way, token, isBusy, error: steps.error, challenge: steps.challenge, goBack: steps.goBack },
    ...{ setAddress: probing.setAddress, setUser, setRealm, setPassword },
    setWay: (next) => {
      setWay(next);
      steps.goBack(); // what was wrong with the one says nothing about the other
    },
    probeNow: probing.ask,
    setTrusted: (isOn) => setTrusted(isOn ? certificate?.fingerprint : undefined),
    realms: realmChoices(realms),
    isKnown: known !== undefined,
    knownName: known?.name ?? '',
    splitUser: () => {
      const [name, at] = splitAtRealm(user);
      if (at === undefined || !realms.some((one) => one.realm === at)) return;
      setUser(name);
      setRealm(at);
    },
    submit: async () => {
      if (canSubmit && answered && credentials) await steps.step(() => login(answered, known, credentials));
    },
    answer: (kind, code) => {
      const challengeId = steps.challenge?.challengeId ?? '';
      return steps.step(() => call('session.answer', { challengeId, kind, code: code.trim() }));
    },
  };
}
