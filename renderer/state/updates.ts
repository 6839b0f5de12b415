import { create } from 'zustand';

import { type UpdateState, updateState } from '../../shared/wire/shellUpdate.ts';

/** New versions of the program, as the shell tells. A browser has none. */
export const useUpdates = create<{ readonly update: UpdateState | undefined }>()(() => ({ update: undefined }));

/** What is not understood is another version's and not shown. */
export function takeUpdate(told: unknown): UpdateState | undefined {
  const parsed = updateState.safeParse(told);
  if (!parsed.success) return undefined;
  useUpdates.setState({ update: parsed.data });
  return parsed.data;
}

/** One sentence about it. */
export function updateWords({ installs, phase }: UpdateState): string {
  switch (phase.kind) {
    case 'idle':
      return 'Not looked for yet.';
    case 'off':
    case 'refused':
    case 'failed':
      return phase.reason;
    case 'checking':
      return 'Looking for a newer version.';
    case 'current':
      return 'This is the newest version.';
    case 'waiting':
      return `Version ${phase.version} goes out in steps. It comes to this computer later.`;
    case 'available':
      return `Version ${phase.version} is there. ${howItComes[installs]}`;
    case 'downloading':
      return `Version ${phase.version} is being fetched.`;
    case 'ready':
      return `Version ${phase.version} is ready. It is installed when you quit.`;
  }
}

const howItComes: Record<UpdateState['installs'], string> = {
  self: 'It is fetched when you say so.',
  'package-manager': 'This computer’s package manager installs it.',
  person: 'Get it where you got this one, and unpack it in its place.',
};
