import { AppError } from '../../../shared/base/errors.ts';
import type { ConsoleView } from '../../../shared/model/console.ts';

/** API path of what a Datacenter Manager passes on: a node `north/pve1`, or a guest, which it finds itself (facts 10). */
export function managedNodeBase(remote: string, name: string): string {
  return `/pve/remotes/${encodeURIComponent(remote)}/nodes/${encodeURIComponent(name.slice(remote.length + 1))}`;
}

export function managedGuestBase(remote: string, type: string, vmid: number): string {
  return `/pve/remotes/${encodeURIComponent(remote)}/${type}/${vmid}`;
}

/** Screens of machines and terminals of everything; nothing else is passed on. */
export function requirePassedOn(type: 'qemu' | 'lxc' | undefined, view: ConsoleView): void {
  if (view === 'terminal' || type === 'qemu') return;
  const what = type === 'lxc' ? 'a container' : 'a node';
  throw new AppError(
    'no-console',
    `Datacenter Manager passes on no screen of ${what}. Open its terminal, or sign in to its own cluster.`,
  );
}
