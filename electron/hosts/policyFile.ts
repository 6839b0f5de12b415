import { readFileSync, statSync } from 'node:fs';

import { cautiousSettings, type Policy, policyPaths, readPolicy } from '../../shared/wire/policy.ts';

export interface MachinePolicy {
  readonly updateUrl: string | undefined;
  readonly forced: NonNullable<Policy['settings']>;
  /** A sentence where there is a policy that cannot be understood. */
  readonly problem: string | undefined;
}

const none: MachinePolicy = { updateUrl: undefined, forced: {}, problem: undefined };

/** The machine's policy; `path` for tests only. A file that is not understood makes cautious, and says so. */
export function readMachinePolicy(path = policyPaths[process.platform]): MachinePolicy {
  if (path === undefined) return none;
  try {
    const text = readFileSync(path, 'utf8');
    if (isOthersToWrite(path)) return refused(path, 'others than the administrator can write it');
    const read = readPolicy(text);
    if ('problem' in read) return refused(path, read.problem);
    const { updateUrl, settings = {} } = read.policy;
    return { updateUrl, forced: settings, problem: undefined };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return none;
    return refused(path, 'it could not be read');
  }
}

/** Whoever can write the policy of everybody is their administrator. Windows keeps this in lists of its own. */
function isOthersToWrite(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o022) !== 0;
}

function refused(path: string, why: string): MachinePolicy {
  const problem = `The policy ${path} does not hold: ${why}. Updates stay off until an administrator has corrected it.`;
  return { updateUrl: undefined, forced: cautiousSettings, problem };
}
