import { type RefObject, useRef, useState } from 'react';

import type { AppError } from '../../../shared/base/errors.ts';
import { isTokenId } from '../../../shared/model/apiToken.ts';
import type { Certificate, Cluster, Realm } from '../../../shared/model/cluster.ts';
import type { LoginResult, SecondFactorKind } from '../../../shared/model/session.ts';
import { call } from '../../api/engine.ts';
import { useClusters } from '../../state/clusters.ts';
import { chooseRealm, realmChoices, splitAtRealm } from './realmOf.ts';
import { type Challenge, useLoginSteps } from './useLoginSteps.ts';
import { type OpenId, useOpenId } from './useOpenId.ts';
import { type Probe, useProbe } from './useProbe.ts';
import { type Token, useToken } from './useToken.ts';

export type SignInWay = 'password' | 'token' | 'openid';

export interface SignIn {
  readonly address: string;
  readonly probe: Probe;
  readonly isTrusted: boolean;
  readonly way: SignInWay;
  /** Those that the server has realms for. */
  readonly ways: readonly SignInWay[];
  readonly token: Token;
  readonly openId: OpenId;
  /** Address and user are known and trusted: only what is missing is asked for. */
  readonly isBrief: boolean;
  /** The account's second factor can't be answered here. */
  readonly wantsToken: boolean;
  /** `ada@pve`, as it was signed in before. */
  readonly knownUser: string;
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
  /** Asks for everything after all. */
  askAll(): void;
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

interface Where {
  readonly address: string;
  readonly acceptFingerprint?: string;
}

/** Accepts what the person compared. */
async function settle(probe: Answered, known: Cluster | undefined): Promise<Where> {
  const { certificate, address } = probe;
  const { fingerprint, acceptedFingerprint: oldFingerprint } = certificate;
  if (certificate.trust === 'changed' && known && oldFingerprint) {
    await call('cluster.acceptCertificate', { clusterId: known.id, oldFingerprint, newFingerprint: fingerprint });
  }
  return isJudged(certificate) ? { address } : { address, acceptFingerprint: fingerprint };
}

async function login(
  probe: Answered,
  known: Cluster | undefined,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<LoginResult> {
  const where = await settle(probe, known);
  if ('tokenId' in credentials) return call('session.loginWithToken', { ...where, ...credentials }, { signal });
  return call('session.login', { ...where, ...credentials }, { signal });
}

/** Undefined while something is missing. */
function ofPassword(typed: Credentials & { username: string }): Credentials | undefined {
  return Object.values(typed).every((text) => text !== '') ? typed : undefined;
}

function ofToken({ isComplete, id, secret }: Token): Credentials | undefined {
  return isComplete ? { tokenId: id.trim(), secret: secret.trim() } : undefined;
}

const isOpenId = ({ type }: Realm) => type === 'openid';

/** What was chosen, else how it was signed in to before. */
function wayOf(chosen: SignInWay | undefined, firstUser: string, openIdRealms: readonly Realm[]): SignInWay {
  if (chosen === 'openid' && openIdRealms.length === 0) return 'password';
  if (chosen) return chosen;
  if (isTokenId(firstUser)) return 'token';
  const [, at] = splitAtRealm(firstUser);
  return openIdRealms.some(({ realm }) => realm === at) ? 'openid' : 'password';
}

const useClusterAt = (address: string) => useClusters(({ list }) => list.find((one) => one.address === address));

/** What was chosen or typed. By fingerprint `trusted`: another certificate has to be looked at anew. */
function useTyped(firstUser: string) {
  const isTokenFirst = isTokenId(firstUser);
  const [firstName, firstRealm] = splitAtRealm(isTokenFirst ? '' : firstUser);
  const [trusted, setTrusted] = useState<string | undefined>(undefined);
  const [chosenWay, setWay] = useState<SignInWay | undefined>(undefined);
  const [isAll, setAll] = useState(false);
  const token = useToken(isTokenFirst ? firstUser : '');
  const [user, setUser] = useState(firstName);
  const [wantedRealm, setRealm] = useState(firstRealm ?? '');
  const [password, setPassword] = useState('');
  const [wantsToken, setWantsToken] = useState(false);
  const userField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const splitUser = (realms: readonly Realm[]) => {
    const [name, at] = splitAtRealm(user);
    if (at === undefined || !realms.some(({ realm }) => realm === at)) return;
    setUser(name);
    setRealm(at);
  };
  return {
    splitUser,
    ...{ isTokenFirst, firstRealm, trusted, chosenWay, isAll, token, user, wantedRealm, password, wantsToken },
    ...{ setTrusted, setWay, setAll, setUser, setRealm, setPassword, setWantsToken, userField, passwordField },
  };
}

/** Whether all but the secret is known of somebody who was signed in before. */
function knowsTheRest(
  { isAll, isTokenFirst, firstRealm }: ReturnType<typeof useTyped>,
  probe: Probe,
  realms: readonly Realm[],
): boolean {
  const hasRealm = isTokenFirst || realms.length === 0 || realms.some(({ realm }) => realm === firstRealm);
  const isWaiting = probe.kind === 'asking' || probe.kind === 'idle';
  return !isAll && hasRealm && (isWaiting || (probe.kind === 'answered' && isJudged(probe.certificate)));
}

export function useSignIn(firstAddress: string, firstUser: string, onDone: () => void): SignIn {
  const probing = useProbe(firstAddress);
  const { probe, address } = probing;
  const typed = useTyped(firstUser);
  const { token, user, password, userField, passwordField, wantsToken } = typed;
  const answered = probe.kind === 'answered' ? probe : undefined;
  const known = useClusterAt(answered?.address ?? address); // as the engine writes it, port included
  const certificate = answered?.certificate;
  const isTrusted = certificate !== undefined && certificate.fingerprint === typed.trusted;
  const allRealms = answered?.realms ?? [];
  const openIdRealms = allRealms.filter(isOpenId);
  const way = wayOf(typed.chosenWay, firstUser, openIdRealms);

  const handleFailure = ({ code, detail }: AppError) => {
    if (code === 'certificate-changed' || code === 'certificate-unknown') probing.ask(true);
    if (code === 'login-failed') (way === 'token' ? token.secretField : passwordField).current?.select();
    typed.setWantsToken(detail?.['wantsToken'] === true);
  };
  const steps = useLoginSteps(onDone, handleFailure);
  const openId = useOpenId(onDone, handleFailure);
  const isBusy = steps.isBusy || openId.isBusy;

  const realms = way === 'openid' ? openIdRealms : allRealms.filter((one) => !isOpenId(one));
  const realm = chooseRealm(realms, typed.wantedRealm);
  const credentials = way === 'token' ? ofToken(token) : ofPassword({ username: user.trim(), realm, password });
  const isComplete = (way === 'openid' ? realm !== '' : credentials !== undefined) && !isBusy;
  const canSubmit = certificate
    ? (isJudged(certificate) || isTrusted) && isComplete
    : address.trim() !== '' && probe.kind !== 'asking';
  const isBrief = known !== undefined && firstUser !== '' && knowsTheRest(typed, probe, allRealms);

  const submit = async () => {
    if (!canSubmit || !answered) return;
    if (way === 'openid') await openId.begin(async () => ({ ...(await settle(answered, known)), realm }));
    else if (credentials) await steps.step((signal) => login(answered, known, credentials, signal));
  };
  const chooseWay = (next: SignInWay) => {
    typed.setWay(next);
    typed.setWantsToken(false);
    openId.cancel();
    steps.goBack(); // what was wrong with the one says nothing about the other
  };
  return {
    ...{ address, probe, isTrusted, user, realm, password, canSubmit, userField, passwordField },
    ...{ way, token, openId, isBrief, wantsToken, isBusy, challenge: steps.challenge, goBack: steps.goBack },
    ...{ setUser: typed.setUser, setRealm: typed.setRealm, setPassword: typed.setPassword },
    ...{ setAddress: probing.setAddress, submit, setWay: chooseWay },
    ways: openIdRealms.length > 0 ? ['password', 'token', 'openid'] : ['password', 'token'],
    error: way === 'openid' ? openId.error : steps.error,
    knownUser: firstUser,
    askAll: () => typed.setAll(true),
    probeNow: probing.ask,
    setTrusted: (isOn) => typed.setTrusted(isOn ? certificate?.fingerprint : undefined),
    realms: realmChoices(realms),
    isKnown: known !== undefined,
    knownName: known?.name ?? '',
    splitUser: () => typed.splitUser(realms),
    answer: (kind, code) => {
      const challengeId = steps.challenge?.challengeId ?? '';
      return steps.step((signal) => call('session.answer', { challengeId, kind, code: code.trim() }, { signal }));
    },
  };
}
