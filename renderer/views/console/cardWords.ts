import type { ErrorInfo } from '../../../shared/base/errors.ts';
import type { Cluster } from '../../../shared/model/cluster.ts';
import type { Guest } from '../../../shared/model/inventory.ts';
import type { ConsoleState } from '../../state/consoles.ts';
import type { IconName } from '../../widgets/iconShapes.tsx';

export interface CardWords {
  readonly title: string;
  readonly text: string;
  readonly icon: IconName;
  readonly color: 'ok' | 'warn' | 'bad' | 'mid' | 'info';
  readonly isBusy: boolean;
  /** The first is the main one. */
  readonly actions: readonly ('try' | 'stop' | 'close' | 'sign-in' | 'compare' | 'start' | 'address')[];
}

/** What a console that does not run has to say: what happened, what is safe, what to do. */
export function cardWords(
  state: ConsoleState,
  cluster: Cluster | undefined,
  guest: Guest | undefined,
  nowMs: number,
): CardWords {
  if (state.phase === 'stopped') return stoppedWords(state, guest);
  if (state.waitsFor === 'sign-in') return waitsForSignIn(cluster);
  if (state.waitsFor === 'engine') {
    const text = 'It opens as soon as the connection to Sluice’s engine is back.';
    return { title: 'Waiting for the engine', text, icon: 'again', color: 'warn', isBusy: true, actions: ['close'] };
  }
  if (state.phase === 'opening' && !state.error) {
    return { title: 'Opening', text: '', icon: 'ring', color: 'info', isBusy: true, actions: ['close'] };
  }
  return lostWords(state, cluster, guest, nowMs);
}

function waitsForSignIn(cluster: Cluster | undefined): CardWords {
  const name = cluster?.name ?? 'the cluster';
  const base = { icon: 'lock', color: 'mid', isBusy: false } as const;
  if (cluster?.state === 'connecting') {
    return { ...base, icon: 'ring', isBusy: true, title: `Signing in to ${name}`, text: '', actions: ['close'] };
  }
  if (cluster?.state === 'unreachable') {
    const text = `${cluster.error?.message ?? ''} The console opens when ${name} answers again.`.trim();
    return { ...base, icon: 'alert', color: 'warn', title: `${name} does not answer`, text, actions: ['close'] };
  }
  if (cluster?.state === 'certificate-changed') {
    const text = 'Nothing is sent until you compared the new one. The console opens once it is trusted.';
    const title = `The certificate of ${name} changed`;
    return { ...base, icon: 'alert', color: 'warn', title, text, actions: ['compare', 'close'] };
  }
  const text = 'The console opens once you are signed in again.';
  return { ...base, title: `Signed out of ${name}`, text, actions: ['sign-in', 'close'] };
}

function lostWords(
  state: ConsoleState,
  cluster: Cluster | undefined,
  guest: Guest | undefined,
  nowMs: number,
): CardWords {
  const waitMs = state.nextTryAtMs === undefined ? 0 : Math.max(0, state.nextTryAtMs - nowMs);
  const attempt = Math.max(1, state.attempt);
  const title =
    state.nextTryAtMs === undefined
      ? `Reconnecting (attempt ${attempt}, new ticket)`
      : `Reconnecting in ${Math.ceil(waitMs / 1000)} s`;
  const said = state.error?.message ?? 'The stream of this console ended.';
  const safe = guest ? ` ${cluster?.name ?? 'The cluster'} ${reports(guest)}.` : '';
  const held = state.hasPicture && state.view === 'vnc' ? ' Keys you held down were released.' : '';
  return {
    title,
    text: `${said}${safe}${held}`,
    icon: 'again',
    color: 'warn',
    isBusy: state.nextTryAtMs === undefined,
    actions: hasAddress(state) && !state.hasPicture ? ['try', 'address', 'stop'] : ['try', 'stop'],
  };
}

const reports = (guest: Guest) =>
  guest.state === 'running' ? 'still reports the guest as running' : `reports the guest as ${guest.state}`;

const hasAddress = ({ target }: ConsoleState) => target.kind === 'endpoint' && target.address !== undefined;

function errorActions({ target }: ConsoleState, error: ErrorInfo): CardWords['actions'] {
  if (target.kind !== 'endpoint') return error.retry === 'after-login' ? ['sign-in', 'try', 'close'] : ['try', 'close'];
  // Sluice has forgotten where it led, or what opens it.
  if (target.address === undefined) return error.code === 'not-found' ? ['close'] : ['try', 'close'];
  return ['address', 'try', 'close'];
}

function stoppedWords(state: ConsoleState, guest: Guest | undefined): CardWords {
  const name = guest?.name ?? 'The guest';
  if (state.waitsFor === 'guest') {
    const what = state.view === 'vnc' ? 'screen' : 'terminal';
    const text = `Its ${what} opens here by itself once it runs.`;
    const title = `${name} is not running`;
    return { title, text, icon: 'square', color: 'mid', isBusy: false, actions: ['start', 'close'] };
  }
  const base = { isBusy: false, actions: ['try', 'close'] } as const;
  if (state.error) {
    const title = state.hasPicture ? 'The console was lost' : 'The console did not open';
    const actions = errorActions(state, state.error);
    return { ...base, title, text: state.error.message, icon: 'fail', color: 'bad', actions };
  }
  if (state.view === 'terminal') {
    const text = 'What it printed stays here until you close it.';
    return { ...base, title: 'The terminal ended', text, icon: 'done', color: 'mid' };
  }
  return { ...base, title: 'The console is closed', text: 'Nothing is sent to the guest.', icon: 'info', color: 'mid' };
}
